"""What the operating system refused, as a sentence for the user."""

from __future__ import annotations

import errno


def described(error: OSError) -> str:
    """The sentence (Vietnamese) for an error of the operating system."""
    name = f" {error.filename}" if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"đĩa đã đầy, không ghi được{name}."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"không có quyền đọc hoặc ghi{name}."
        case errno.ENOENT:
            return f"không có tệp hoặc thư mục{name}."
        case errno.EISDIR:
            return f"{name.strip()} là thư mục, không phải tệp."
        case errno.ENOTDIR | errno.EEXIST:
            return f"{name.strip()} là tệp, không phải thư mục."
        case _:
            return f"hệ điều hành báo lỗi{name}: {error.strerror or error}"
