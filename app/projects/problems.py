"""What can stand in the way of acts on construction projects."""

from app.core.errors import Conflict, Problem


class ProjectClosed(Conflict):
    """The project takes no more cases."""

    code = "projects.closed"
    title = "该项目已关闭，不能再加入办件。"


class CaseElsewhere(Conflict):
    """The case is in another project already; a case is in one at a time."""

    code = "projects.case_elsewhere"
    title = "这个办件已在另一个项目中，请先从那个项目移出。"


class CaseOver(Conflict):
    """The case is decided, withdrawn or otherwise over."""

    code = "projects.case_over"
    title = "这个办件已经有结果，不能再变动它所在的项目。"


class NotTheOwners(Conflict):
    """The case has another applicant than the project's owner."""

    code = "projects.other_owner"
    title = "这个办件的申请人不是该项目的建设单位（个人），不能加入。"


class AnotherHall(Conflict):
    """The case was filed at another hall than the project."""

    code = "projects.other_hall"
    title = "这个办件不在该项目所属的政务服务中心办理，不能加入。"


class ClaimSettled(Conflict):
    """Somebody has dealt with this claim already."""

    code = "projects.claim_settled"
    title = "这条待处理记录已经有人处理过了。"


class ClaimNeeds(Problem):
    """A claim is settled with a project and a stage, or with a note that says why not."""

    status = 422
    code = "projects.claim_needs"
    title = "请选择要加入的项目和阶段；不加入项目的，请说明原因。"


class ItemElsewhere(Problem):
    """An item in the list of stages is named twice, or is not of this hall."""

    status = 422
    code = "projects.stage_items"
    title = "事项重复，或不属于本中心，请检查后重试。"
