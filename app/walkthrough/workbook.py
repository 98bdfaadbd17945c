"""Looking into a spreadsheet without a spreadsheet program: it is a ZIP of XML."""

import io
import re
import zipfile


def sheet_names(content: bytes) -> list[str]:
    """The names of the sheets. Raises zipfile.BadZipFile if it is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
