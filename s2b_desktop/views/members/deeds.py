"""What is done with members, tags and campaigns: each asks what it must know, then submits a command."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from s2b_desktop.messages import failure_text
from s2b_desktop.models.exports import Cell, write_table
from s2b_desktop.models.queries.audiences import levels_of, sku_names, tags_of
from s2b_desktop.models.queries.members import (
    all_members,
    meant_count,
    member_detail,
    receivers,
    tag_rules,
    tags_held,
)
from s2b_desktop.text import tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.confirm import Confirm, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.sending import nothing, send
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.members.balances import CreditPrompt, PointsPrompt
from s2b_desktop.views.members.prompts import (
    CampaignPrompt,
    LevelsPrompt,
    MemberPrompt,
    MergePrompt,
    PointsRulePrompt,
    TagPrompt,
)
from s2b_domain.access import Permission
from s2b_domain.commands.campaigns import MarkTold, StartCampaign
from s2b_domain.commands.command import Command
from s2b_domain.commands.members import (
    MAX_TAGGED,
    ApplyLevels,
    ApplyTagRule,
    MergeMembers,
    RemoveTag,
    SaveMember,
    TagMembers,
)
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.member import Member, PointsRule, Tag
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.pricing import PointsTerms

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


class MemberDeeds:
    """Acts for `page`, over which questions and toasts appear. `listed()` are the members that it shows, `opened(id)`
    is told of a row that comes."""

    def __init__(
        self,
        desk: "Desk",
        navigate: Callable[[str, object], None],
        page: QWidget,
        listed: Callable[[], Sequence[Member]],
        opened: Callable[[str], None],
    ) -> None:
        self._desk, self._navigate, self._page, self._listed, self._opened = desk, navigate, page, listed, opened
        self._shop = desk.actor.organisation_id
        self.may_edit = desk.actor.may(Permission.MEMBER_EDIT)
        self.may_set_up = desk.actor.may(Permission.SHOP_EDIT)

    def of_member(self, member: Member) -> list[Action]:
        """What may be done with a member."""
        if not self.may_edit or member.merged_into:
            return []
        actions: list[Action] = [
            ("Edit…", partial(self.edit, member), "secondary"),
            ("Tags…", partial(self.tag, [member]), "secondary"),
        ]
        if self._desk.actor.may(Permission.POINTS_ADJUST):
            actions.append(("Adjust points…", partial(self.adjust, PointsPrompt, member), "secondary"))
        if self._desk.actor.may(Permission.CREDIT_ADJUST):
            actions.append(("Store credit…", partial(self.adjust, CreditPrompt, member), "secondary"))
        if self._desk.actor.may(Permission.COUPON_ISSUE):
            actions.append(("Give a coupon…", lambda: self._navigate("coupons", ("give", member.id)), "secondary"))
        if member.active:
            actions.append(("Merge…", partial(self.merge, member), "secondary"))
        return actions

    def of_campaign(self, campaign: Campaign) -> list[Action]:
        """What may be done with a campaign."""
        actions: list[Action] = [
            ("Copy the text", partial(self.copy, campaign), "secondary"),
            ("Export the list…", partial(self.export_receivers, campaign), "secondary"),
        ]
        if campaign.told_at is None and self.may_edit:
            told = MarkTold(campaign_id=campaign.id)
            actions.insert(0, ("They were told", partial(self.submit, told, "Marked as told"), "primary"))
        return actions

    def edit(self, member: Member | None, entered: SaveMember | None = None, supersedes: str | None = None) -> None:
        """Register somebody, or change a member; `entered` was not taken before, `supersedes` names that command."""
        prompt = MemberPrompt(member, self._desk.read(levels_of, self._shop), entered, parent=self._page.window())

        def go() -> None:
            message = prompt.message(entered.member_id if entered else self._desk.new_id())
            said = message.name or message.phone or message.card
            self._opened(message.member_id)
            again = partial(self.edit, member, message, supersedes)
            self.submit(message, lambda: tr("Saved: {name}", name=said), refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def adjust(self, asking: type[PointsPrompt | CreditPrompt], member: Member) -> None:
        """Add or take points, or store credit."""
        prompt = asking(member, parent=self._page.window())
        said = "Points adjusted" if asking is PointsPrompt else "Store credit adjusted"
        open_prompt(prompt, lambda: self.submit(prompt.message(), said))

    def merge(self, member: Member) -> None:
        """Ask which other row is the same person: namesakes first, then whoever the search has found."""
        detail = self._desk.read(member_detail, member.id, self._desk.now())
        twins = list(detail.twins) if detail else []
        others = twins + [m for m in self._listed() if m.id != member.id and m.active and m not in twins]
        if not others:
            self.say("Search for the other one first, so that it stands in the list", "neutral")
            return
        prompt = MergePrompt(member, others, parent=self._page.window())
        open_prompt(
            prompt,
            lambda: self.submit(MergeMembers(member_id=member.id, other_id=prompt.other_id()), "Members merged"),
        )

    def tags_menu(self, members: Sequence[Member]) -> QMenu:
        """Every tag, checked where all of them have it."""
        menu = QMenu(self._page)
        ids = tuple(m.id for m in members)
        held = self._desk.read(tags_held, ids)
        for tag in self._desk.read(tags_of, self._shop):
            has = held.get(tag.id, 0) == len(ids)
            action = menu.addAction(tag.name)
            action.setCheckable(True)
            action.setChecked(has)
            action.triggered.connect(
                lambda _on=False, tag=tag, has=has: self.submit(
                    TagMembers(tag_id=tag.id, member_ids=ids, remove=has),
                    lambda: tr("Tag taken: {tag}" if has else "Tagged: {tag}", tag=tag.name),
                )
            )
        menu.addSeparator()
        menu.addAction(tr("New tag…")).triggered.connect(lambda: self.edit_tag(None))
        return menu

    def tag(self, members: Sequence[Member]) -> None:
        """Give or take a tag of members."""
        menu = self.tags_menu(members)
        drop(menu)

    def edit_tag(self, tag: Tag | None) -> None:
        """Make or change a tag and its rule; with a rule, it can be applied at once."""
        test = self._desk.read(tag_rules, self._shop).get(tag.id) if tag else None
        prompt = TagPrompt(self._desk, tag, test, parent=self._page.window())

        def go() -> None:
            message = prompt.message(self._desk.new_id())

            def saved() -> None:
                if message.test is not None:
                    self.offer_rule(message.tag_id, message.name)

            self.submit(message, lambda: tr("Saved: {name}", name=message.name), saved)

        if tag is not None:
            prompt.removed.connect(partial(self.remove_tag, tag))
        open_prompt(prompt, go)

    def remove_tag(self, tag: Tag) -> None:
        """Ask once: who has it loses it."""
        n = self._desk.read(meant_count, self._shop, tag.id, "")
        asked = Confirm(
            lambda: tr("Remove the tag {name}?", name=tag.name),
            lambda: tr("{n} members have it and lose it; its rule goes too.", n=n),
            "Remove",
            tone="danger",
            parent=self._page.window(),
        )
        said = partial(tr, "Tag removed: {tag}", tag=tag.name)
        open_prompt(asked, lambda: self.submit(RemoveTag(tag_id=tag.id), said))

    def offer_rule(self, tag_id: str, name: str) -> None:
        """Ask whether a rule is applied to all members now."""
        asked = Confirm(
            "Apply the rule now?",
            lambda: tr("Who fits has {tag} at once; who had it by the rule and does not fit loses it.", tag=name),
            "Apply",
            keep="Later",
            parent=self._page.window(),
        )
        open_prompt(asked, lambda: self.apply_rule(tag_id))

    def apply_rule(self, tag_id: str) -> None:
        """Test every member against the rule of a tag."""
        self._to_all(lambda ids: ApplyTagRule(tag_id=tag_id, member_ids=ids))

    def _to_all(self, message: Callable[[tuple[str, ...]], Command]) -> None:
        """Send what is to be applied to every member, for some hundred at a time."""
        ids = self._desk.read(all_members, self._shop)
        messages = [message(tuple(ids[n : n + MAX_TAGGED])) for n in range(0, len(ids), MAX_TAGGED)]
        self._desk.submit_many(
            messages,
            import_id=self._desk.new_id(),
            done=lambda _n: self.say(lambda: tr("Applied to {n} members", n=len(ids))),
            failed=lambda error: self.say(lambda: failure_text(error), "bad"),
        )

    def set_up_menu(self) -> QMenu:
        """Levels, points, tags."""
        menu = QMenu(self._page)
        if self.may_set_up:
            menu.addAction(tr("Member levels…")).triggered.connect(self.edit_levels)
            menu.addAction(tr("Points rule…")).triggered.connect(self.edit_points)
            menu.addSeparator()
        rules = self._desk.read(tag_rules, self._shop)
        for tag in self._desk.read(tags_of, self._shop):
            menu.addAction(tr("Tag {name}…", name=tag.name)).triggered.connect(partial(self._edit_tag, tag))
            if tag.id in rules:
                menu.addAction(tr("Apply the rule of {name}…", name=tag.name)).triggered.connect(
                    partial(self._offer_rule, tag)
                )
        menu.addAction(tr("New tag…")).triggered.connect(lambda: self.edit_tag(None))
        return menu

    def _edit_tag(self, tag: Tag, _on: bool = False) -> None:
        self.edit_tag(tag)

    def _offer_rule(self, tag: Tag, _on: bool = False) -> None:
        self.offer_rule(tag.id, tag.name)

    def set_up(self) -> None:
        """Show that menu."""
        menu = self.set_up_menu()
        drop(menu)

    def edit_levels(self) -> None:
        """All levels with their rights."""
        prompt = LevelsPrompt(self._desk, parent=self._page.window())
        open_prompt(prompt, lambda: self.submit(prompt.message(), "Member levels saved", self.offer_levels))

    def offer_levels(self) -> None:
        """Ask whether members move to their levels now."""
        asked = Confirm(
            "Apply the levels now?",
            "Who reaches another level has it at once, else with the next purchase. A level set by hand stays.",
            "Apply",
            keep="Later",
            parent=self._page.window(),
        )
        open_prompt(asked, lambda: self._to_all(lambda ids: ApplyLevels(member_ids=ids)))

    def edit_points(self) -> None:
        """How points are earned and used."""
        rule = self._desk.read(lambda connection: RecordStore(connection).get(PointsRule, self._shop))
        prompt = PointsRulePrompt(rule.terms if rule else PointsTerms(), parent=self._page.window())
        open_prompt(prompt, lambda: self.submit(prompt.message(), "Points rule saved"))

    def start_campaign(self, tag_id: str, begun: Callable[[], object]) -> None:
        """Give a coupon or tell of goods; to those with a tag, if there is one."""
        self._open_campaign(CampaignPrompt(self._desk, tag_id=tag_id, parent=self._page.window()), begun, None)

    def resume_campaign(self, entered: StartCampaign, begun: Callable[[], object], supersedes: str | None) -> None:
        """Open what was entered for a campaign and not taken; `supersedes` names the refused command."""
        prompt = CampaignPrompt(self._desk, parent=self._page.window())
        prompt.fill(entered, self._desk.read(sku_names, self._desk.actor, entered.sku_ids))
        self._open_campaign(prompt, begun, supersedes)

    def _open_campaign(self, prompt: CampaignPrompt, begun: Callable[[], object], supersedes: str | None) -> None:
        def go() -> None:
            message = prompt.message(self._desk.new_id())
            self._opened(message.campaign_id)
            again = partial(self.resume_campaign, message, begun, supersedes)
            self.submit(message, lambda: tr("Started: {name}", name=message.name), refused=again, supersedes=supersedes)
            begun()

        open_prompt(prompt, go)

    def copy(self, campaign: Campaign) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(campaign.text or campaign.name)
        self.say(lambda: tr("Copied: {text}", text=campaign.name))

    def export(self, members: Sequence[Member]) -> None:
        """Write members as a workbook."""
        chosen, _ = QFileDialog.getSaveFileName(self._page, tr("Members"), f"{tr('Members')}.xlsx", "Excel (*.xlsx)")
        if chosen:
            self.write_members(members, Path(chosen))

    def export_receivers(self, campaign: Campaign) -> None:
        """Write whom to tell as a workbook."""
        chosen, _ = QFileDialog.getSaveFileName(
            self._page, tr("Export the list…"), f"{campaign.name}.xlsx", "Excel (*.xlsx)"
        )
        if chosen:
            self.write_members(self._desk.read(receivers, campaign), Path(chosen), campaign.text)

    def write_members(self, members: Sequence[Member], path: Path, text: str = "") -> None:
        """Write members into a workbook, each with the text to tell, if there is one."""
        heads = [tr(h) for h in ("Name", "Phone", "Card number", "Points")] + ([tr("What is told")] if text else [])
        rows: list[list[Cell]] = [[m.name, m.phone, m.card, m.points, *([text] if text else [])] for m in members]
        self._desk.run(
            lambda _progress: write_table(path, heads, rows),
            done=lambda n: self.say(lambda: tr("{n} members written", n=n)),
            failed=lambda error: self.say(lambda: failure_text(error), "bad"),
        )

    def say(self, text: Text, tone: Tone = "ok") -> None:
        """Tell in passing."""
        ToastArea.of(self._page).show_toast(text, tone=tone)

    def submit(
        self,
        message: Command,
        said: Text,
        then: Callable[[], object] = nothing,
        *,
        refused: Callable[[], object] = nothing,
        supersedes: str | None = None,
    ) -> None:
        """Send a command, in place of what it `supersedes`, and say what became of it."""
        send(self._desk, self._page, message, said, then=then, refused=refused, supersedes=supersedes)
