"""What can be done with what a panel shows."""

from collections.abc import Callable, Sequence

from s2b_desktop.views.common.button import Button, Variant
from s2b_desktop.views.common.chips import Flow
from s2b_desktop.views.common.language import Text

Action = tuple[Text, Callable[[], object], Variant]
_ORDER: tuple[Variant, ...] = ("primary", "secondary", "danger", "quiet", "link")


class ActionFlow(Flow):
    """A button for each, as many beside each other as there is room; what is done mostly comes first."""

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(spacing=8)
        first = sorted(actions, key=lambda action: _ORDER.index(action[2]))
        self.named = {text: Button(text, act, variant=variant) for text, act, variant in first}
        self.buttons = [*self.named.values()]
        for button in self.buttons:
            self.addWidget(button)
