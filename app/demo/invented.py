"""Invented people and firms, with numbers whose check digits are right (GB 11643, GB 32100)."""

from dataclasses import dataclass
from typing import Any

from stdnum.cn import ric, uscc


def id_number(birthday: str, serial: int = 101) -> str:
    """An ID number of a birthday ("19880615"); `serial` is its last three digits but one."""
    body = f"110105{birthday}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")  # it leaves the last one out of account


def credit_code(serial: int) -> str:
    """A unified social credit code of a firm of the invented county."""
    body = f"91990100MA{serial:07d}"
    return body + uscc.calc_check_digit(body)


@dataclass(frozen=True)
class Somebody:
    """A citizen: `name` is also who they are to the platform's stand-in."""

    name: str
    phone: str
    birthday: str

    @property
    def says(self) -> dict[str, Any]:
        """What they say of themselves, with consent to keeping it."""
        return {
            "name": self.name,
            "phone": self.phone,
            "id_number": id_number(self.birthday),
            "consent": True,
        }


COOK = Somebody("李阿明", "13900001101", "19880615")
"""Opens a restaurant."""
DIRECTOR = Somebody("沈立诚", "13900001102", "19750302")
"""Legal representative of the firm that builds."""
OPERATOR = Somebody("白小舟", "13900001103", "19921120")
"""The firm's operator: files for it."""
FARMER = Somebody("牛德厚", "13900001104", "19550917")
"""Has no phone with the mini program, and comes to the window."""
GRANDMOTHER = Somebody("苗秀英", "13900001105", "19430408")
"""Lets somebody help her."""
FIRM = "青河豆制品有限公司"
FIRM_CODE = credit_code(1)
NOODLES = Somebody("王大山", "13900001106", "19820909")
"""Runs a small restaurant, and has something to correct."""
SNACKS = Somebody("余晚晴", "13900001107", "19990712")
"""Opens a snack bar; the fire is lit at the last moment."""
GROCER = Somebody("方圆", "13900001108", "19841231")
"""Has a shop, and some things done already."""
BAKER = Somebody("麦秋成", "13900001109", "19900308")
"""Bakes; the inspection of the site is on its way."""
DREAMER = Somebody("云小苔", "13900001110", "20010228")
"""Has begun to fill in, twice, and not finished."""
