"""Why a file is not taken in as a material: one error for each reason, each with advice."""

from app.core.errors import Problem, Unavailable


class NotAPhoto(Problem):
    """The content is nothing that is taken in here; `detail` says what it is, where known."""

    status = 422
    code = "materials.not_a_photo"
    title = "这不是照片。请上传 JPG、PNG、WebP 或 HEIC 格式的图片。"


class TooManyPixels(Problem):
    """More pixels than are decoded here; found before any is decoded."""

    status = 422
    code = "materials.too_many_pixels"
    title = "照片的像素太多。请用手机相机的普通模式重新拍摄，或缩小后再上传。"


class TooSmall(Problem):
    """A side is shorter than `pictures.MIN_EDGE`."""

    status = 422
    code = "materials.too_small"
    title = "图片太小，无法看清。请重新拍摄后上传。"


class Animated(Problem):
    """Several frames: nobody could say later which of them was the material."""

    status = 422
    code = "materials.animated"
    title = "动图不能作为材料。请上传一张静止的照片。"


class Damaged(Problem):
    """It begins like a photo or a PDF, but cannot be decoded to its end."""

    status = 422
    code = "materials.damaged"
    title = "照片已损坏或没有传完整。请重新拍摄，或重新上传。"


class Locked(Problem):
    """A PDF that opens with a password only."""

    status = 422
    code = "materials.locked"
    title = "这个 PDF 文件设有密码。请取消密码后重新上传，或把内容拍成照片。"


class TooManyPages(Problem):
    """A PDF of more pages than are taken in; `detail` says how many are."""

    status = 422
    code = "materials.too_many_pages"
    title = "PDF 文件的页数太多。请只保留需要的页，或分成几个文件上传。"


class LivingForm(Problem):
    """A PDF whose pages are made by a program in it (XFA): others see another page than its author.

    XFA is no part of PDF since ISO 32000-2:2020.
    """

    status = 422
    code = "materials.living_form"
    title = "这个 PDF 是动态表单，无法直接查看。请用“打印成 PDF”另存后上传，或把内容拍成照片。"


class OddPage(Problem):
    """A page of a PDF has a size or a shape that no paper has."""

    status = 422
    code = "materials.odd_page"
    title = "PDF 文件的页面尺寸不正常。请重新生成文件，或把内容拍成照片后上传。"


class Infected(Problem):
    """The virus scanner knows this file."""

    status = 422
    code = "materials.infected"
    title = "文件没有通过病毒检查，不能上传。请换一个文件，或把内容拍成照片后上传。"


class ScannerDown(Unavailable):
    """The virus scanner is wanted and does not answer: nothing is taken in without it."""

    code = "materials.scanner_down"
    title = "病毒检查暂时不可用，文件没有保存。请稍后再试。"
