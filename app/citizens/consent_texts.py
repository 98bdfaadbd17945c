"""The wordings of separate consents, by version. A wording that was agreed to is never changed:
another one gets another version, and the old stays in the repository's history.
"""

from app.citizens.schemas import ConsentText

CHILD = ConsentText(
    version="2026-01",
    title="儿童个人信息监护人同意书",
    text=(
        "为替未满 14 周岁的儿童办理您选择的政务服务事项，我们需要处理该儿童的姓名、身份证号，"
        "以及您在申请中填写和上传的与其有关的信息。这些属于敏感个人信息（《个人信息保护法》第二十八条、"
        "第三十一条）。\n"
        "一、用途：仅用于核验身份和办理您提交的事项，不用于其他目的，不作为以后办件的材料重复使用。\n"
        "二、保存：加密保存，页面上脱敏显示，工作人员每次查看都有记录。\n"
        "三、期限：您可以随时撤回同意。撤回后，没有用于办件的信息立即删除；已经用于办件的，"
        "按照档案保存期限保存，到期删除。\n"
        "四、您确认：您是该儿童的父母或者其他监护人，已满 18 周岁，所填信息真实。"
    ),
)
"""A guardian's consent for a child under 14 (Personal Information Protection Law, art. 29, 31)."""
