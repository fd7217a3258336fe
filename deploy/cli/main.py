"""`thidua`: every command, in the order in which a newcomer needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
import typer.rich_utils

from deploy.cli.agencies import agencies
from deploy.cli.audit import audits
from deploy.cli.backups import backup, restore
from deploy.cli.calendars import calendars
from deploy.cli.checks import rebuild, verify
from deploy.cli.dead_letters import dead_letters
from deploy.cli.doctor import doctor
from deploy.cli.faults import EXIT_CODES, CommandGroup
from deploy.cli.feeds import feeds
from deploy.cli.mailboxes import mailboxes
from deploy.cli.notices import notices
from deploy.cli.people import people
from deploy.cli.plans import plan_json, plans
from deploy.cli.reminders import remind
from deploy.cli.reports import reports
from deploy.cli.results import evaluate, explain
from deploy.cli.stacks import demo, status, stop, up
from deploy.cli.templates import templates

_RUN: Final = "Chạy hệ thống"
_ADMIT: Final = "Kế hoạch và cơ quan"
_SEE: Final = "Xem kết quả"
_CHECK: Final = "Kiểm tra, sửa chữa"
_KEEP: Final = "Sao lưu"
_DEVELOP: Final = "Cho người phát triển"

_EXAMPLES: Final = """Ví dụ:

thidua up · thidua status · thidua stop

thidua plan publish units-2023.csv ke-hoach.yaml · thidua agency add so-noi-vu

thidua explain so-y-te --award B1 · thidua verify · thidua backup ban-sao-luu
"""

typer.rich_utils.ARGUMENTS_PANEL_TITLE = "Tham số"
typer.rich_utils.OPTIONS_PANEL_TITLE = "Tùy chọn"
typer.rich_utils.COMMANDS_PANEL_TITLE = "Lệnh"
typer.rich_utils.ERRORS_PANEL_TITLE = "Lỗi"
typer.rich_utils.DEFAULT_STRING = "[mặc định: {}]"
typer.rich_utils.ENVVAR_STRING = "[biến môi trường: {}]"
typer.rich_utils.RICH_HELP = "Xem [blue]'{command_path} {help_option}'[/]."
typer.rich_utils.REQUIRED_LONG_STRING = "[bắt buộc]"

_ORDER: Final = (
    *(
        "up",
        "status",
        "stop",
        "demo",
        "plan",
        "agency",
        "people",
        "report",
        "calendar",
        "template",
        "mailboxes",
        "feeds",
        "explain",
        "evaluate",
        "remind",
        "notices",
        "doctor",
        "verify",
        "audit",
        "rebuild",
        "dlq",
    ),
    *("backup", "restore", "plan-json", "contracts"),
)


_FRAMEWORK_HELP: Final = {
    "help": "In trợ giúp này rồi thoát.",
    "install_completion": "Cài phím Tab gợi ý lệnh cho cửa sổ lệnh đang dùng (bash, zsh, fish).",
    "show_completion": "In đoạn lệnh gợi ý để tự cài.",
}


class _InOrderOfUse(CommandGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        """The options, with the framework's own in Vietnamese."""
        parameters: list[Any] = super().get_params(ctx)
        _translate(self, ctx)
        for parameter in parameters:
            parameter.help = _FRAMEWORK_HELP.get(parameter.name, parameter.help)
        return parameters

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command with this name; None if there is none."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _translate(command, ctx)
        return command

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order in which a newcomer needs them."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)


def _translate(command: Any, ctx: Any) -> None:
    """Put the help of ``--help`` into Vietnamese, in a command and in those of its group."""
    if option := command.get_help_option(ctx):
        option.help = _FRAMEWORK_HELP["help"]
    for inner in getattr(command, "commands", {}).values():
        _translate(inner, ctx)


app = typer.Typer(
    cls=_InOrderOfUse,
    no_args_is_help=True,
    help="Thi đua - khen thưởng cấp tỉnh. Xem từng lệnh: thidua LỆNH --help.",
    epilog=f"{_EXAMPLES}\n{EXIT_CODES}",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from shared.runtime.metrics import release

        typer.echo(f"thidua {release()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="In phiên bản rồi thoát.")
    ] = False,
) -> None:
    """The options of `thidua` itself."""


app.command(rich_help_panel=_RUN, help="Chạy hệ thống theo giờ thực, với dữ liệu các lần trước, đến khi Ctrl-C.")(up)
app.command(rich_help_panel=_RUN, help="Hệ thống nào đang chạy, ở đâu, đã sẵn sàng chưa. Mã thoát 3 nếu không có.")(
    status
)
app.command(rich_help_panel=_RUN, help="Dừng hệ thống của một thư mục, kể cả những gì còn lại sau sự cố.")(stop)
app.command(rich_help_panel=_RUN, help="Chạy một năm của phong trào với số liệu minh họa, in kết quả.")(demo)
app.add_typer(plans, name="plan", rich_help_panel=_ADMIT)
app.add_typer(agencies, name="agency", rich_help_panel=_ADMIT)
app.add_typer(people, name="people", rich_help_panel=_ADMIT)
app.add_typer(reports, name="report", rich_help_panel=_ADMIT)
app.add_typer(calendars, name="calendar", rich_help_panel=_ADMIT)
app.add_typer(templates, name="template", rich_help_panel=_ADMIT)
app.add_typer(mailboxes, name="mailboxes", rich_help_panel=_ADMIT)
app.add_typer(feeds, name="feeds", rich_help_panel=_ADMIT)
app.add_typer(notices, name="notices", rich_help_panel=_SEE)
app.command(
    rich_help_panel=_SEE, help="Giải thích kết quả của một đơn vị: từ từng báo cáo đến điểm, thứ hạng và kết luận."
)(explain)
app.command(
    rich_help_panel=_SEE, help="Áp dụng tiêu chuẩn cho các tệp, không cần hệ thống, như thể đó là toàn bộ số liệu."
)(evaluate)
app.command(
    rich_help_panel=_SEE, help="Một ngày sẽ có những thư nhắc nào, gửi cho ai, vì sao; không gửi gì (--dry-run)."
)(remind)
app.command(
    rich_help_panel=_CHECK,
    help="Một hệ thống đang chạy có gì chưa ổn: dịch vụ, bản phần mềm, đồng hồ, chủ đề, quyền, chỉ mục, khóa, lịch, "
    "kế hoạch, ổ đĩa, sao lưu. Mã thoát 1 nếu có.",
)(doctor)
app.command(
    rich_help_panel=_CHECK,
    help="Tính lại mọi bảng xếp hạng từ sự kiện đầu tiên rồi so sánh. Mã thoát 1 nếu có sai khác.",
)(verify)
app.add_typer(audits, name="audit", rich_help_panel=_CHECK)
app.command(
    rich_help_panel=_CHECK,
    help="Dựng lại những gì một dịch vụ đã suy ra, so sánh, và với --swap thì sửa. Mã thoát 1 nếu có sai khác, "
    "3 nếu chưa so sánh được.",
)(rebuild)
app.add_typer(dead_letters, name="dlq", rich_help_panel=_CHECK)
app.command(rich_help_panel=_KEEP, help="Sao lưu một hệ thống đang chạy vào một thư mục mới.")(backup)
app.command(rich_help_panel=_KEEP, help="Phục hồi bản sao lưu vào thư mục của một hệ thống không chạy.")(restore)
app.command(
    name="plan-json",
    rich_help_panel=_DEVELOP,
    help="In kế hoạch hoặc danh mục đơn vị thành JSON như PUT /v1/plans và PUT /v1/units nhận.",
)(plan_json)


@app.command(rich_help_panel=_DEVELOP, help="Ghi JSON Schema và AsyncAPI từ bảng chủ đề.")
def contracts() -> None:
    """Write the JSON Schemas and the AsyncAPI document from the topic table."""
    from deploy.cli.contracts import write_contracts

    for path in write_contracts(Path("shared/contracts")):
        print(path)
