import re

from django.template.loader import render_to_string

from crm.review.charts import HEIGHT, WIDTH, Bar, Chart
from crm.templatetags.charts import chart


def drawn(*bars):
    return Chart("Visits by hour", "Hour", "Visits", bars).drawn


def test_highest_bar_fills_the_drawing_and_the_others_stand_beside():
    high, low, none = drawn(Bar("9", 8), Bar("10", 2), Bar("11", 0))
    assert (high.height, low.height, none.height) == (HEIGHT, HEIGHT / 4, 0)
    assert high.x < low.x < none.x < none.x + none.width < WIDTH
    assert high.y + high.height == low.y + low.height


def test_range_above_all_bars_fills_the_drawing():
    (bar,) = drawn(Bar("9", 2, 1, 4))
    assert bar.height == HEIGHT / 2
    assert bar.high == bar.y - HEIGHT / 2
    assert bar.low == bar.y + HEIGHT / 4


def test_chart_of_nothing_but_noughts_can_be_drawn():
    assert [each.height for each in drawn(Bar("9", 0))] == [0]
    assert drawn() == []


def test_of_many_bars_every_fifth_has_its_label():
    many = drawn(*(Bar(str(day), day) for day in range(1, 31)))
    assert [each.bar.label for each in many if each.is_labelled] == ["1", "6", "11", "16", "21", "26"]


def test_page_shows_the_drawing_without_inline_style_and_the_same_numbers_as_a_table():
    made = Chart("Visits by hour", "Hour", "Visits", [Bar("9", 12, 8, 14), Bar("10", 3)])
    page = render_to_string("review/_chart.html", chart(made))
    assert 'role="img" aria-label="Visits by hour"' in page
    assert "style" not in page
    cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", page)
    assert cells == ["Hour", "Visits", "Usually", "9", "12", "8 to 14", "10", "3", ""]


def test_numbers_of_the_drawing_are_written_with_points_in_every_language(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    page = render_to_string("review/_chart.html", chart(Chart("", "", "", [Bar("9", 1200), Bar("10", 700)])))
    assert re.findall(r'height="([\d.,]+)"', page)[0] == "96.0"
