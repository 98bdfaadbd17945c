"""Who acts for whom, as other features use it.

`enterprises.py` believes in enterprises, `people.py` keeps who belongs to them, `consents.py` and
`endings.py` the helpers' consents; `principals.py` says for whom somebody files, `acting.py` where
they may act.
"""

from app.agency.acting import (
    Acting,
    Covered,
    Matter,
    Reach,
    acting_in,
    enterprises_seen,
    helped,
    reach,
    record_act,
    record_reading,
)
from app.agency.people import MayNot
from app.agency.principals import (
    ConsentEnded,
    EnterpriseFacts,
    EnterprisePending,
    NotCovered,
    Principal,
    enterprises_present,
    principal,
    principal_present,
)
from app.agency.rules import Capacity, FiledBy, Power
from app.agency.schemas import OnBehalf

__all__ = [
    "Acting",
    "Capacity",
    "ConsentEnded",
    "Covered",
    "EnterpriseFacts",
    "EnterprisePending",
    "FiledBy",
    "Matter",
    "MayNot",
    "NotCovered",
    "OnBehalf",
    "Power",
    "Principal",
    "Reach",
    "acting_in",
    "enterprises_present",
    "enterprises_seen",
    "helped",
    "principal",
    "principal_present",
    "reach",
    "record_act",
    "record_reading",
]
