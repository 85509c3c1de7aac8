"""Descriptions as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.views.catalog.plain import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("整箱发货。", "整箱发货。"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>甲<li>乙</ul>", "• 甲\n• 乙"),
        ("<style>p{}</style><b>粗</b>体&nbsp;&lt;3", "粗体 <3"),
        ("<script>if (a < b) { x() }</script>好", "好"),
        ("<table><tr><td>重量</td><td>3kg</td></tr></table>", "重量  3kg"),
        ("2 < 3 & 5 > 4", "2 < 3 & 5 > 4"),
        ("<img src=x onerror=alert(1)>", ""),
    ],
)
def test_what_is_left(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text())
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(plain(text), str)
