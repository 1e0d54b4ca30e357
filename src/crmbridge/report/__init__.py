"""Pictures and pages: the portfolio of buying centers and a map of each, in one HTML file without scripts."""

from crmbridge.report.page import write_private
from crmbridge.report.plan import check_ending, write_plan_page
from crmbridge.report.view import BENCHMARK, BENCHMARK_SOURCE
from crmbridge.report.write import ReportResult, center_svg, write_report

__all__ = [
    "BENCHMARK",
    "BENCHMARK_SOURCE",
    "ReportResult",
    "center_svg",
    "check_ending",
    "write_plan_page",
    "write_private",
    "write_report",
]
