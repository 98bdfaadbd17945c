"""The server's settings in words, and what of their values may be shown."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from app import settings as known
from app.settings import Settings

CHAPTERS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "数据与文件",
        {
            "database_url": "数据库地址",
            "database_pool": "每个进程的数据库连接数",
            "redis_url": "缓存地址",
            "storage_url": "材料存放位置",
            "storage_endpoint": "对象存储地址",
            "storage_access_key": "对象存储访问账号",
            "storage_secret_key": "对象存储密钥",
            "state_dir": "本机数据目录",
            "keys": "个人信息加密密钥",
        },
    ),
    (
        "服务器",
        {
            "host": "监听地址",
            "port": "监听端口",
            "workers": "工作进程数",
            "public_url": "对外访问地址",
            "behind_proxy": "前面有反向代理",
            "log_format": "日志格式",
            "log_level": "日志级别",
            "metrics_token": "监控指标访问口令",
            "work_days": "任务结果保留天数",
        },
    ),
    (
        "微信",
        {
            "wechat_base_url": "平台地址",
            "wechat_appid": "小程序 AppID",
            "wechat_secret": "小程序密钥",
            "wechat_timeout": "调用平台超时（秒）",
            "wechat_state": "消息打开的小程序版本",
            "wechat_templates": "订阅消息模板",
            "wechat_long_term": "长期订阅的消息",
            "wechat_signing": "启用 API 安全",
            "wechat_signing_serial": "对称密钥编号",
            "wechat_signing_key": "对称密钥",
            "wechat_signing_private_key": "签名私钥",
            "wechat_signing_certificates": "平台证书",
            "wechat_word_seconds": "等待消息回执（秒）",
            "wechat_trust_pushes": "没有回执即视为未送达",
            "wechat_push_token": "消息推送口令",
            "wechat_push_aes_key": "消息推送加密密钥",
            "wechat_pushes_per_minute": "每分钟接收推送上限",
        },
    ),
    (
        "消息与审核",
        {
            "quiet_hours": "免打扰时段",
            "sms_kinds": "改发短信的消息",
            "sms_provider": "短信服务商",
            "sms_sign_name": "短信签名",
            "sms_templates": "短信模板",
            "sms_access_key": "短信访问账号",
            "sms_access_secret": "短信密钥",
            "sms_endpoint": "短信服务地址",
            "sms_timeout": "调用短信服务超时（秒）",
            "moderation_words": "敏感词文件",
            "moderation_hold_unchecked": "未审核的内容先不展示",
            "moderation_images": "图片送平台审核",
        },
    ),
    (
        "登录与实名",
        {
            "citizen_session_days": "手机保持登录天数",
            "staff_session_hours": "工作人员保持登录小时数",
            "login_attempts": "连续输错几次后锁定",
            "login_lock_minutes": "锁定分钟数",
            "second_factor_roles": "须开启二次验证的角色",
            "real_name_url": "实名核验服务地址",
            "real_name_app_id": "实名核验应用编号",
            "real_name_key": "实名核验密钥",
            "real_name_timeout": "实名核验超时（秒）",
            "real_name_attempts": "每天实名核验次数上限",
            "filing_level": "手机申请所需的实名程度",
        },
    ),
    (
        "办件",
        {
            "assistance_days": "帮办代办授权有效天数",
            "invitation_days": "邀请有效天数",
            "claim_code_days": "认领码有效天数",
            "claim_attempts": "认领码可输错次数",
            "draft_days": "草稿保留天数",
            "deferral_remind_days": "容缺材料提前几个工作日提醒",
            "yellow_share": "剩余多少时限亮黄灯",
            "case_retention_days": "办件个人信息保存天数",
            "supervision_answer_days": "督办答复工作日数",
        },
    ),
    (
        "材料",
        {
            "upload_max_bytes": "单个文件上限（字节）",
            "upload_max_pixels": "图片像素上限",
            "uploads_per_hour": "每人每小时上传数上限",
            "upload_hours": "未传完的文件保留小时数",
            "uploads_open": "同时未传完的文件数上限",
            "link_seconds": "图片链接有效秒数",
            "pdf_max_pages": "PDF 页数上限",
            "clamd": "病毒扫描服务",
            "clamd_seconds": "病毒扫描超时（秒）",
            "quality_blur": "模糊提示阈值",
            "quality_dark": "过暗提示阈值",
            "quality_contrast": "字迹过淡提示阈值",
            "quality_glare": "反光提示阈值（%）",
            "quality_tilt": "倾斜提示阈值（度）",
            "quality_short_edge": "图片短边最少像素",
            "quality_share": "纸张占画面最少比例（%）",
            "likeness_bits": "相似图片判定差异位数",
            "likeness_days": "相似图片比对天数",
        },
    ),
    (
        "评价",
        {
            "prompt_seconds": "评价器等待秒数",
            "device_clock_window": "评价器时钟容许误差（秒）",
            "device_models": "评价器型号对照",
            "ratings_queue": "评价排队上限",
            "rectification_contact_days": "差评联系工作日数",
            "rectification_days": "差评整改工作日数",
            "rectification_complex_days": "复杂差评整改工作日数",
            "rectification_appeal_days": "差评申诉工作日数",
            "improvement_topic_ratings": "几次同类差评立改进课题",
            "small_sample": "少于几个评价不参加排名",
        },
    ),
    (
        "省平台报送",
        {
            "exchange_url": "省平台地址",
            "exchange_app_id": "应用编号",
            "exchange_private_key": "签名私钥",
            "exchange_province_key": "省平台公钥",
            "exchange_batch": "每批报送数量",
            "exchange_timeout": "报送超时（秒）",
            "exchange_names": "报送申请人姓名",
        },
    ),
)


@dataclass(frozen=True)
class Shown:
    """A setting as it may be shown; `changed`: it differs from the default."""

    name: str
    variable: str
    value: str
    changed: bool


def shown(settings: Settings) -> list[tuple[str, list[Shown]]]:
    """Every setting by chapter; of secrets only whether they are set."""
    named = {name for _, names in CHAPTERS for name in names}
    others = {name: name for name in Settings.__struct_fields__ if name not in named}
    chapters = [*CHAPTERS, ("其他", others)] if others else CHAPTERS
    return [
        (
            chapter,
            [_one(settings, name, word) for name, word in names.items() if hasattr(settings, name)],
        )
        for chapter, names in chapters
    ]


def _one(settings: Settings, name: str, word: str) -> Shown:
    value = getattr(settings, name)
    changed = value != getattr(Settings(), name)
    return Shown(word, known.variable(name), _value(name, value), changed)


def _value(name: str, value: Any) -> str:
    if known.is_secret(name) or name == "wechat_signing_certificates":
        return "已设置" if value else "未设置"
    if value in ("", {}):
        return "未设置"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return f"已设置 {len(value)} 项"
    if isinstance(value, float):
        return f"{value:g}"
    return _without_password(value) if isinstance(value, str) else str(value)


def _without_password(value: str) -> str:
    """An address without the account that stands in it."""
    if "://" not in value:
        return value
    parts = urlsplit(value)
    if "@" not in parts.netloc:
        return urlunsplit(parts._replace(query=""))
    return urlunsplit(parts._replace(netloc="…@" + parts.netloc.rpartition("@")[2], query=""))
