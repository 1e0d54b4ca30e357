"""Shows a plan: as data for JSON, as text, as Markdown; ``report`` makes an HTML page of it, in the same words."""

from crmbridge.writeback.render.data import EXAMPLES, to_data
from crmbridge.writeback.render.markdown import to_markdown
from crmbridge.writeback.render.page import Page, page_of
from crmbridge.writeback.render.text import to_text

__all__ = ["EXAMPLES", "Page", "page_of", "to_data", "to_markdown", "to_text"]
