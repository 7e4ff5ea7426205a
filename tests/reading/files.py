"""Files for tests, made here: PDFs written by hand, whole and in every way broken."""

import zlib
from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfWriter

LINE = 14


def pdf(*pages: Sequence[str], title: str | None = None, packed: bool = False) -> bytes:
    """Return a PDF whose pages show these lines, one below the other."""
    return pdf_of([page_stream(lines) for lines in pages], title=title, packed=packed)


def page_stream(lines: Sequence[str]) -> bytes:
    """Return the operators that show lines on a page."""
    shown = "".join(f"({_escaped(line)}) Tj 0 -{LINE} Td\n" for line in lines)
    return f"BT /F1 11 Tf 60 780 Td\n{shown}ET".encode("cp1252")


def pdf_of(streams: Sequence[bytes], *, title: str | None = None, packed: bool = False) -> bytes:
    """Return a PDF with these contents of pages, deflated if `packed`."""
    first = 5
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(streams)))
    named = "" if title is None else f"/Title ({_escaped(title)})"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< {named} >>".encode("cp1252"),
    ]
    for n, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 2 * n + 1} "
            "0 R /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        data = zlib.compress(stream, 9) if packed else stream
        how = " /Filter /FlateDecode" if packed else ""
        objects.append(f"<< /Length {len(data)}{how} >>\nstream\n".encode() + data + b"\nendstream")
    return _file(objects)


def encrypted(content: bytes, *, user: str) -> bytes:
    """Return the PDF behind a password; an empty one only forbids things."""
    writer = PdfWriter(clone_from=BytesIO(content))
    writer.encrypt(user, owner_password="owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010d} 00000 n \n" for place in places).encode()
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\n".encode()
    return bytes(out + f"startxref\n{table}\n%%EOF\n".encode())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
