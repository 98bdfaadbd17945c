"""A guide that says something of everything, with questions that depend on each other."""

from app.catalog.guide import FeeLine, Guide, LegalBasis, Requirement, StagePart, StagePlan, Step
from app.catalog.questions import Answered, Choice, Question

SIZE = Question(
    code="size",
    text="经营面积多大？",
    choices=(
        Choice(code="small", text="不足 300 平方米"),
        Choice(code="large", text="300 平方米以上", note="需要另交疏散图。"),
    ),
)
EXTRAS = Question(
    code="extras",
    text="有没有下列项目？",
    kind="many",
    choices=(Choice(code="sign", text="户外招牌"), Choice(code="music", text="播放音乐")),
    when=Answered(question="size", any_of=("large",)),
)
PLAN = Requirement(
    code="plan", name="疏散示意图", when=Answered(question="size", any_of=("large",))
)
SIGN = Requirement(
    code="sign", name="招牌效果图", when=Answered(question="extras", any_of=("sign",))
)
STAGE = StagePlan(name="审查", departments=(StagePart(department="市场监管局", days=3),))
PHOTO = Requirement(code="photo", name="门头照片", deferrable=True)
GUIDE = Guide(
    basis=(LegalBasis(law="食品安全法", article="第三十五条", text="应当依法取得许可。"),),
    conditions=("场所固定。",),
    steps=(Step(name="提交申请", text="在手机上提交。"),),
    materials=(PHOTO, PLAN, SIGN),
    situations=(SIZE, EXTRAS),
    fees=(FeeLine(name="工本费", amount="10 元", basis="某价〔2020〕1 号"),),
    window="综合窗口",
    advice_phone="0827-1234567",
)
