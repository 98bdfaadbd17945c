"""All pages of this front."""

from app.account import (
    audit_routes,
    device_routes,
    hall_routes,
    item_routes,
    own_routes,
    screen_routes,
    setting_routes,
    sign_in_routes,
    staff_routes,
)
from app.pages.routes import PageRoutes

ALL: tuple[PageRoutes, ...] = (
    sign_in_routes.pages,
    own_routes.pages,
    staff_routes.pages,
    hall_routes.pages,
    hall_routes.windows,
    screen_routes.pages,
    item_routes.pages,
    device_routes.pages,
    device_routes.systems,
    setting_routes.pages,
    audit_routes.pages,
)
