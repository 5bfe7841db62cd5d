"""Charts in pages."""

from django import template

from crm.review.charts import Chart

register = template.Library()


@register.inclusion_tag("review/_chart.html")
def chart(chart: Chart) -> dict[str, Chart]:
    """The drawing of `chart`, and its numbers as a table."""
    return {"chart": chart}
