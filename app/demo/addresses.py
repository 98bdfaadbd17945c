"""Where the pages of the demonstration are, and with which account: printed when it is ready."""

from dataclasses import dataclass

ANYBODY = "nobody: no account is needed"


@dataclass(frozen=True)
class Address:
    """A page to begin with: what it is, its path, and the login that opens it."""

    what: str
    path: str
    login: str = ANYBODY


ADDRESSES = (
    Address("public pages: guides, published scores, verification", "/"),
    Address("item guides (办事指南)", "/guides"),
    Address("published scores (评价公示)", "/published"),
    Address("verify a paper (文书核验)", "/v"),
    Address("sign-in for staff (登录)", "/sign-in"),
    Address("the clerk's desk (工作台)", "/desk", "clerk1"),
    Address("the manager's console (总览)", "/console", "manager"),
    Address("the hall's big screen (大屏)", "/console/wall", "manager"),
    Address("the bad-rating board (差评整改)", "/console/rectifications", "supervisor"),
    Address("accounts, devices, settings, audit", "/admin/staff", "admin"),
    Address("evaluator (评价器), enrolled with a code from /admin/devices", "/kiosk"),
)
"""One for each front; from there the navigation leads on."""
