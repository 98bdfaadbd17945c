"""Construction projects (工程建设项目): their numbers, their four stages, and what comes next.

The stages (立项用地规划许可, 工程建设许可, 施工许可, 竣工验收) are those of part 2 of
国办发〔2019〕11号《关于全面开展工程建设项目审批制度改革的实施意见》. Their order is shown and
nothing is forbidden for its sake: the same part lets matters go forward in parallel, and what must
come first for one case is for its own review to say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from stdnum import damm

SERIALS_A_YEAR = 99_999
_NUMBER = re.compile(r"[A-Z]{2}[0-9]{16}")


class Prefix(StrEnum):
    """What a number of joint work stands for."""

    PROJECT = "GC"  # 工程
    MEETING = "HY"  # 会议
    HANDOVER = "FZ"  # 发证


def joint_number(prefix: Prefix, region_code: str, year: int, serial: int) -> str:
    """A number of joint work: prefix(2) + region(6) + year(4) + serial(5) + check(1).

    The form is this system's own. The State's investment platform gives a project a code of its
    own (国家编码), which a hall can neither make nor check; the two letters keep the one from
    being taken for the other, and for a case number, which is digits alone. The year and not the
    day, because a project lasts for years and is asked for by its year. The check digit is Damm's
    over the digits, as in a case number: it finds every single wrong digit and every two
    neighbours that changed places, which is how numbers are misread from paper.

    Raises:
        ValueError: the region is not six digits, the year not four, or the serial not within
            1 … 99,999.
    """
    if len(region_code) != 6 or not (region_code.isascii() and region_code.isdigit()):
        raise ValueError(f"region code {region_code!r} is not six digits")
    if not 1000 <= year <= 9999:
        raise ValueError(f"year {year} is not four digits")
    if not 1 <= serial <= SERIALS_A_YEAR:
        raise ValueError(f"serial {serial} is not within 1 and {SERIALS_A_YEAR}")
    body = f"{region_code}{year:04d}{serial:05d}"
    return prefix + body + str(damm.calc_check_digit(body))


def is_project_number(text: str) -> bool:
    """Whether `text` has the shape of a project number and its check digit is right."""
    return (
        text.startswith(Prefix.PROJECT)
        and _NUMBER.fullmatch(text) is not None
        and bool(damm.is_valid(text[2:]))
    )


def tidy_number(text: str) -> str:
    """A number as people type it, without blanks and in capitals."""
    return "".join(text.split()).upper()


class Stage(IntEnum):
    """The four stages of a construction project, in their order."""

    LAND = 1
    DESIGN = 2
    BUILDING = 3
    COMPLETION = 4


STAGE_NAMES = {
    Stage.LAND: "立项用地规划许可",
    Stage.DESIGN: "工程建设许可",
    Stage.BUILDING: "施工许可",
    Stage.COMPLETION: "竣工验收",
}


class Kind(StrEnum):
    """Whose money is built with; 国办发〔2019〕11号, part 2, tells the two apart."""

    GOVERNMENT = "government"
    PRIVATE = "private"


KIND_NAMES = {Kind.GOVERNMENT: "政府投资", Kind.PRIVATE: "社会投资"}


class ProjectState(StrEnum):
    """A project takes cases until it is closed."""

    OPEN = "open"
    CLOSED = "closed"


class Standing(StrEnum):
    """What a case means for its stage."""

    RUNNING = "running"  # submitted, corrected, reviewed
    GRANTED = "granted"  # granted, issued, delivered
    REFUSED = "refused"  # refused; the stage waits for another application
    VOID = "void"  # withdrawn, not accepted, terminated: as if it were not there


class Progress(StrEnum):
    """Where a stage stands."""

    NOT_BEGUN = "not_begun"
    RUNNING = "running"
    DONE = "done"


PROGRESS_NAMES = {
    Progress.NOT_BEGUN: "未开始",
    Progress.RUNNING: "办理中",
    Progress.DONE: "已完成",
}


@dataclass(frozen=True)
class Step:
    """A case of a project, as its stage sees it. `item` is what the application was for."""

    item: object
    standing: Standing


@dataclass(frozen=True)
class Wanted:
    """An item that the hall counts to a stage; not every project needs the ones not `required`."""

    item: object
    name: str
    required: bool


@dataclass(frozen=True)
class StageView:
    """Where a stage stands. `missing`: required items without a live or granted application.

    `optional`: further items of the stage for which nothing was filed.
    """

    stage: Stage
    progress: Progress
    missing: tuple[str, ...]
    optional: tuple[str, ...]


def view_stage(stage: Stage, steps: Sequence[Step], wanted: Sequence[Wanted]) -> StageView:
    """A stage out of its cases and of what the hall counts to it.

    It is done when something was granted, nothing runs or stands refused without a later grant of
    the same item, and no required item is missing.
    """
    live = [step for step in steps if step.standing is not Standing.VOID]
    granted = {step.item for step in live if step.standing is Standing.GRANTED}
    running = {step.item for step in live if step.standing is Standing.RUNNING}
    refused = {step.item for step in live if step.standing is Standing.REFUSED}
    absent = [line for line in wanted if line.item not in granted | running]
    missing = tuple(line.name for line in absent if line.required)
    optional = tuple(line.name for line in absent if not line.required)
    if not live:
        progress = Progress.NOT_BEGUN
    elif granted and not running and not (refused - granted) and not missing:
        progress = Progress.DONE
    else:
        progress = Progress.RUNNING
    return StageView(stage, progress, missing, optional)


def next_step(stages: Sequence[StageView]) -> str:
    """What comes next, in one sentence; `stages` are all four, in their order."""
    first = next((view for view in stages if view.progress is not Progress.DONE), None)
    if first is None:
        return "四个阶段均已完成。"
    name = STAGE_NAMES[first.stage]
    if first.progress is Progress.NOT_BEGUN:
        said = f"下一步：申请“{name}”阶段的事项"
    else:
        said = f"“{name}”阶段正在办理"
    if first.missing:
        said += f"，还没有申请：{'、'.join(first.missing)}"
    early = [
        STAGE_NAMES[view.stage]
        for view in stages
        if view.stage > first.stage and view.progress is not Progress.NOT_BEGUN
    ]
    if early:
        said += f"。“{'”“'.join(early)}”阶段已先行办理，而前面的阶段尚未完成"
    return said + "。"
