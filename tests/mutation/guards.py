"""Every guard of the sync: where it stands, what becomes of the code without it, and the test that must fail then."""

from __future__ import annotations

from typing import NamedTuple


class Guard(NamedTuple):
    """`without` stands in for `source`, which stands in `file` exactly once."""

    name: str
    file: str
    source: str
    without: str
    test: str


PUSH, PULL, DOOR = "s2b_hub/push.py", "s2b_hub/pull.py", "s2b_hub/door.py"
LEDGER, FEED, HUB = "s2b_hub/ledger.py", "s2b_hub/feed.py", "s2b_hub/hub.py"
PATCH, PREDICTION, LOCAL = (f"s2b_desktop/models/{name}.py" for name in ("patch", "prediction", "local"))
WORKSPACE, RECEPTION, CACHE = (f"s2b_desktop/models/{name}.py" for name in ("workspace", "reception", "cache"))
OUTBOX, LOOP, ENTRY = "s2b_desktop/models/outbox.py", "s2b_desktop/sync/loop.py", "s2b_desktop/sync/entry.py"
ON_PUSH, ON_PULL, ON_DOOR = "tests/hub/test_push.py::", "tests/hub/test_pull.py::", "tests/hub/test_door.py::"
ATOMIC, DATABASE = "tests/hub/test_atomicity.py::", "tests/hub/test_database.py::"
FAULTS, PROMISES, ROUNDS = "tests/sync/test_faults.py::", "tests/sync/test_promises.py::", "tests/sync/test_rounds.py::"
REBASE = "tests/sync/test_rebase.py::"
RESTORE = "tests/sync/test_restore.py::"
COPIES, ENTRIES, FILES = "tests/sync/test_copies.py::", "tests/sync/test_entry.py::", "tests/models/test_files.py::"

HUB_SIDE = (
    Guard(
        "the same place and hash: the stored answer",
        PUSH,
        'return stored.outcome if stored.body_hash == self._hash else Barred("device_cloned")',
        'return Barred("device_cloned")',
        ON_PUSH + "test_the_same_envelope_again_gets_the_stored_answer",
    ),
    Guard(
        "the same place, another hash: a clone",
        PUSH,
        'return stored.outcome if stored.body_hash == self._hash else Barred("device_cloned")',
        "return stored.outcome",
        ON_PUSH + "test_another_command_at_a_used_place_is_a_cloned_device",
    ),
    Guard(
        "nothing after a barred place is decided",
        PUSH,
        "if self._before is not None and self._before.barred is not None:",
        "if self._before is None and self._before is not None:",
        COPIES + "test_a_copy_that_nothing_gives_away_is_told_by_the_hub",
    ),
    Guard(
        "a gap is not jumped",
        PUSH,
        "if self._seq > standing.next_seq:\n            return Expected(standing.next_seq)",
        "pass",
        ON_PUSH + "test_a_gap_is_answered_with_what_is_expected",
    ),
    Guard(
        "a declared base is taken",
        PUSH,
        "if self._seq == self._base and self._base > standing.next_seq:",
        "if self._base < 0:",
        ON_PUSH + "test_a_declared_base_is_accepted_where_the_hub_has_never_been",
    ),
    Guard(
        "a command's id is decided once, whichever way it comes",
        PUSH,
        "known = ledger.deciding(self.body.command_id)\n        if known is None:",
        "known = ledger.deciding(self.body.command_id)\n        if known is None or True:",
        ON_PUSH + "test_a_cloned_device_submits_again_under_a_new_id_and_nothing_happens_twice",
    ),
    Guard(
        "one id, two bodies: refused",
        PUSH,
        "if known.body_hash == self._hash:",
        "if known is not None:",
        ON_PUSH + "test_one_id_for_two_commands_is_refused",
    ),
    Guard(
        "nobody pushes another's work",
        PUSH,
        "if self.body.actor_id != self._user_id:",
        "if not self._user_id:",
        ON_PUSH + "test_nobody_pushes_anothers_work_as_their_own",
    ),
    Guard(
        "a revoked device decides nothing",
        PUSH,
        "if standing is None or standing.revoked:",
        "if standing is None:",
        ATOMIC + "test_a_device_that_is_revoked_between_two_commands_decides_no_more",
    ),
    Guard(
        "dependents of a refused command are refused",
        PUSH,
        "if failed:\n        return",
        "if failed and body is None:\n        return",
        ON_PUSH + "test_dependents_of_a_refused_command_are_refused_at_once",
    ),
    Guard(
        "what came too early is parked",
        PUSH,
        "if open_:\n        return",
        "if open_ and body is None:\n        return",
        ON_PUSH + "test_a_chain_that_came_too_early_is_decided_when_its_head_arrives",
    ),
    Guard(
        "nobody stands in for themselves",
        LEDGER,
        "above |= {command_id}",
        "above = above",
        ON_PUSH + "test_commands_that_stand_in_for_each_other_are_refused_like_any",
    ),
    Guard(
        "a copy of a parked command is decided with it",
        LEDGER,
        "[*self._read(entries.COPIES, id=command_id), *fresh]",
        "()",
        ON_PUSH + "test_a_copy_of_a_parked_command_is_decided_with_it",
    ),
    Guard(
        "what a crash left parked is released",
        HUB,
        "self.door.submit(*(ReleasedCommand(*place) for place in parked))",
        "pass",
        ON_PUSH + "test_what_a_crash_left_parked_is_released_at_the_next_start",
    ),
    Guard(
        "what the user had seen",
        PUSH,
        "_check_seen(tx, body)\n        result",
        "pass\n        result",
        ON_PUSH + "test_an_intent_whose_ground_has_moved_is_refused_and_a_fact_is_not",
    ),
    Guard(
        "facts are booked whatever was seen",
        PUSH,
        "if not handler_of(body.name).fact:",
        "if body is not None:",
        ON_PUSH + "test_an_intent_whose_ground_has_moved_is_refused_and_a_fact_is_not",
    ),
    Guard(
        "the client's clock has bounds",
        PUSH,
        "time = min(max(body.client_time, body.last_pull, 0), batch.time)",
        "time = body.client_time",
        ON_PUSH + "test_the_clients_clock_is_believed_between_its_last_pull_and_now",
    ),
    Guard(
        "refused drafts leave nothing",
        PUSH,
        "except DomainError as refused:\n        return Decision(OutcomeKind.REJECTED",
        "except DomainError as refused:\n        batch.accept(tx)\n        return Decision(OutcomeKind.REJECTED",
        ATOMIC + "test_a_command_that_is_refused_after_it_wrote_has_written_nothing",
    ),
    Guard(
        "a command that throws is buried, not tried for ever",
        DOOR,
        "if job.failures >= MAX_FAILURES:",
        "if job.failures >= 1000:",
        ON_PUSH + "test_a_throwing_command_is_buried_and_the_queue_moves_on",
    ),
    Guard(
        "a busy database decides nothing",
        "s2b_hub/database.py",
        "return code & 0xFF in _TRANSIENT_SQLITE",
        "return code < 0",
        ON_DOOR + "test_a_busy_database_is_said_and_nothing_is_decided",
    ),
    Guard(
        "only what is locked is written",
        DOOR,
        "if not written <= self.counters.keys():",
        "if not written:",
        ON_DOOR + "test_a_command_that_touches_more_than_it_said_runs_alone_and_in_its_order",
    ),
    Guard(
        "a device's order holds when one is put back",
        DOOR,
        "held.add(job.device_id)",
        "pass",
        ON_DOOR + "test_a_command_that_touches_more_than_it_said_runs_alone_and_in_its_order",
    ),
    Guard(
        "the union is locked in one order",
        FEED,
        ".order_by(c.name).with_for_update(",
        ".order_by(c.name.desc()).with_for_update(",
        ATOMIC + "test_counters_are_locked_in_one_order",
    ),
    Guard(
        "ledger and effects are one transaction",
        DOOR,
        "batch.ledger.flush()",
        'connection.exec_driver_sql("COMMIT")\n'
        '            connection.exec_driver_sql("BEGIN IMMEDIATE")\n'
        "            batch.ledger.flush()",
        ATOMIC + "test_a_hub_that_dies_before_the_commit_has_decided_nothing",
    ),
    Guard(
        "answers leave after the commit",
        DOOR,
        "answers.append((job, job.run(batch)))",
        "job.answer.set_result(job.run(batch))",
        ATOMIC + "test_nothing_is_answered_that_the_disk_has_not_taken",
    ),
    Guard(
        "the hub's commits are on disk (FULL)",
        "s2b_hub/engines.py",
        '"synchronous=FULL"',
        '"synchronous=NORMAL"',
        DATABASE + "test_commits_are_durable_and_readers_do_not_wait",
    ),
    Guard(
        "the stock feed moves with its transaction",
        FEED,
        "_advance(connection, {STOCK: counter}, entries, hashes, entropy)",
        "_advance(connection, {STOCK: counter}, {}, hashes, entropy)",
        ATOMIC + "test_every_entry_of_the_stock_feed_is_stamped_with_its_transaction",
    ),
    Guard(
        "a page is one snapshot",
        "s2b_hub/engines.py",
        '"BEGIN" if read_only else "BEGIN IMMEDIATE"',
        '"SELECT 1" if read_only else "BEGIN IMMEDIATE"',
        DATABASE + "test_an_order_that_comes_in_the_middle_of_a_page_is_wholly_outside_it",
    ),
    Guard(
        "the last page has the remainder of every scope",
        PULL,
        "if more or untold:",
        "if untold:",
        ON_PULL + "test_pages_of_any_size_give_the_same_rows",
    ),
    Guard(
        "a cursor's salt",
        PULL,
        "if c.hub_id != hub_id or salts.get((c.scope, c.version)) != c.salt}",
        "if c.hub_id != hub_id}",
        ON_PULL + "test_a_hub_restored_from_a_backup_is_noticed",
    ),
    Guard(
        "a cursor's hub",
        PULL,
        "if c.hub_id != hub_id or salts.get((c.scope, c.version)) != c.salt}",
        "if salts.get((c.scope, c.version)) != c.salt}",
        ON_PULL + "test_a_cursor_of_another_history_begins_anew",
    ),
    Guard(
        "leaving a scope leaves a tombstone",
        FEED,
        "entries.setdefault(scope, []).append(gone)",
        "entries.setdefault(scope, [])",
        ON_PULL + "test_what_leaves_a_scope_goes_and_what_returns_comes_back",
    ),
    Guard(
        "a row that another granted scope holds is not gone",
        PULL,
        "if key not in held)",
        "if key)",
        ON_PULL + "test_a_row_that_moves_between_two_granted_scopes_is_not_gone",
    ),
    Guard(
        "scope checksums follow every change",
        FEED,
        "hashes[scope] = hashes.get(scope, 0) - number",
        "hashes.setdefault(scope, 0)",
        ON_PULL + "test_only_what_changed_is_sent",
    ),
    Guard(
        "what a copy has taken the place of is applied aside",
        "s2b_hub/handover.py",
        "            device_id = aside(handed.outcome)\n",
        "            continue\n",
        RESTORE + "test_what_a_copy_has_taken_the_place_of_is_booked_all_the_same",
    ),
    Guard(
        "what was decided otherwise for a copy is told",
        "s2b_hub/handover.py",
        "                _tell(batch, known, receipt)\n",
        "                pass\n",
        RESTORE + "test_what_another_copy_had_decided_otherwise_meanwhile_is_told_to_an_operator",
    ),
    Guard(
        "what was accepted twice and came to something else is told",
        "s2b_hub/handover.py",
        "here.result if here else {})",
        "receipt.result)",
        RESTORE + "test_what_came_to_something_else_for_another_copy_is_told_too",
    ),
    Guard(
        "a device whose number nobody knows shares it with none",
        "s2b_hub/hub.py",
        "                    devices.skip_numbers(batch.connection)\n",
        "                    pass\n",
        RESTORE + "test_an_operator_says_that_the_books_are_older_than_their_journal_can_tell",
    ),
    Guard(
        "pages of a lost history are not gone on with",
        PULL,
        "if _foreign(connection, hub_id, progress.marks):",
        "if False:",
        ON_PULL + "test_pages_of_a_lost_history_are_not_mixed_with_what_took_its_place",
    ),
    Guard(
        "a page token opens no scope",
        PULL,
        "places = {s: progress.places.get(s) or Place(0, counters[s].version, 0) for s in scopes}",
        "places = dict(progress.places)",
        ON_PULL + "test_a_made_up_page_token_is_malformed_and_opens_no_scope",
    ),
    Guard(
        "outcomes are for the device that asked",
        PULL,
        ".where(c.device_id == device_id)",
        ".where(c.device_id != '')",
        ON_PULL + "test_outcomes_are_for_the_device_that_asked",
    ),
    Guard(
        "a protocol that is not spoken",
        HUB,
        "if not PROTOCOL_MIN <= protocol <= PROTOCOL:",
        "if protocol < 0:",
        ON_PUSH + "test_a_protocol_that_is_not_spoken_asks_for_an_update",
    ),
)

DESKTOP_SIDE = (
    Guard(
        "what is saved is on disk (FULL)",
        OUTBOX,
        "open_engine(path, key, durable=True, page_cache_kib=PAGE_CACHE_KIB)",
        "open_engine(path, key, durable=False, page_cache_kib=PAGE_CACHE_KIB)",
        PROMISES + "test_what_waits_is_durable_and_in_its_own_file",
    ),
    Guard(
        "a command's bytes are frozen",
        LOOP,
        "wire.Envelope(seq=e.seq, body=e.body)",
        "wire.Envelope(seq=e.seq, body=wire.freeze(wire.thaw(e.body)))",
        PROMISES + "test_the_bytes_of_a_command_are_never_made_again",
    ),
    Guard(
        "refused here: not saved",
        WORKSPACE,
        "trials = self.check(*bodies)\n            drafts",
        "trials = []\n            drafts",
        "tests/models/test_workspace.py::test_a_refused_command_is_stored_nowhere",
    ),
    Guard(
        "saved before a crash: shown after it",
        WORKSPACE,
        'connection, "last_pull") or b"", "big")\n        self.predict()',
        'connection, "last_pull") or b"", "big")',
        FILES + "test_what_was_saved_before_a_crash_is_shown_after_it",
    ),
    Guard(
        "saved is never called failed",
        "s2b_desktop/tasks.py",
        'log.warning("saved, but not shown yet", exc_info=True)',
        "raise",
        "tests/models/test_desk.py::test_what_is_saved_is_never_called_failed",
    ),
    Guard(
        "pending = outbox minus stored outcomes",
        WORKSPACE,
        "for e in entries if e.seq not in done)",
        "for e in entries)",
        PROMISES + "test_what_is_answered_waits_no_more_whatever_waits_before_it",
    ),
    Guard(
        "what an earlier device was answered is over",
        WORKSPACE,
        "return max(local.settled_until(connection), self._base - 1)",
        "return local.settled_until(connection)",
        COPIES + "test_what_an_earlier_device_was_answered_is_over_after_a_rebuild_too",
    ),
    Guard(
        "parked is pending",
        LOCAL,
        "(after, wire.OutcomeKind.PARKED.value, limit)",
        '(after, "", limit)',
        PROMISES + "test_what_is_answered_waits_no_more_whatever_waits_before_it",
    ),
    Guard(
        "what an earlier device was told is asked again",
        OUTBOX,
        "if outcome.receipt is not None and outcome.receipt.device_id != own:",
        "if False:",
        COPIES + "test_what_an_earlier_device_was_answered_is_asked_again_although_the_line_broke",
    ),
    Guard(
        "what was parked is missed by the place that is waited for",
        LOOP,
        "if 0 < page.expected < self._next:",
        "if False:",
        RESTORE + "test_a_hub_that_lost_nothing_but_what_was_parked_gets_it_again",
    ),
    Guard(
        "answers come with the patch, in one transaction",
        PATCH,
        "local.store_outcomes(connection, news)\n    checksums",
        "local.store_outcomes(connection, ())\n    checksums",
        ROUNDS + "test_an_order_placed_offline_arrives_once_and_comes_back",
    ),
    Guard(
        "receipts are the hub's",
        "s2b_desktop/models/receipts.py",
        "key.verify(receipt.signature, wire.receipt_bytes(receipt))",
        "pass",
        PROMISES + "test_an_answer_that_the_hub_did_not_sign_ends_nothing",
    ),
    Guard(
        "answers to a copy's commands end nothing",
        RECEPTION,
        "ours = receipts.about_ours(page.outcomes, workspace.outbox)",
        "ours = page.outcomes",
        PROMISES + "test_an_answer_to_a_copys_command_ends_nothing",
    ),
    Guard(
        "no rebuild on a full disk",
        RECEPTION,
        "if isinstance(error, OperationalError) or not isinstance(error, Exception):",
        "if not isinstance(error, Exception):",
        PROMISES + "test_a_full_disk_costs_no_rebuild",
    ),
    Guard(
        "news in spite of a blocked queue",
        LOOP,
        "            blocked = error\n        self._pull()",
        "            raise\n        self._pull()",
        PROMISES + "test_a_queue_that_cannot_go_on_keeps_no_news_away",
    ),
    Guard(
        "a lost history is loaded anew",
        RECEPTION,
        "if known.intersection(page.reset) or any(c.hub_id != page.hub_id for c in request.cursors):",
        "if any(c.hub_id != page.hub_id for c in request.cursors):",
        RESTORE + "test_a_lost_history_is_loaded_anew_although_no_checksum_tells",
    ),
    Guard(
        "what is settled is not shown again",
        WORKSPACE,
        "return max(prediction.unpredicted(connection), self._settled(connection))",
        "return prediction.unpredicted(connection)",
        COPIES + "test_what_an_earlier_device_did_is_not_shown_again_on_top_of_what_came_since",
    ),
    Guard(
        "what was only parked is asked again",
        OUTBOX,
        "if outcome is None or outcome.kind is wire.OutcomeKind.PARKED:",
        "if outcome is None:",
        RESTORE + "test_what_was_only_parked_is_pushed_again_although_nothing_follows_it",
    ),
    Guard(
        "receipts outlive the device they were for",
        OUTBOX,
        "hint = CASE WHEN hub_order THEN hint END WHERE",
        "hint = NULL, hub_order = 0, kind = '' WHERE",
        RESTORE + "test_who_becomes_another_device_keeps_what_the_one_before_was_told",
    ),
    Guard(
        "early pages are staged unseen",
        RECEPTION,
        "if not page.final:\n            self._stage(page)",
        "if not page.final:\n"
        "            with self._cache.write() as connection:\n"
        "                patch.load(connection, page, set())\n"
        "            self._stage(page)",
        PROMISES + "test_early_pages_are_not_seen",
    ),
    Guard(
        "the patch is verified",
        PATCH,
        "checksums.verify(connection, final.checksums)\n    if crossed is None:",
        "if crossed is None:",
        FAULTS + "test_a_cache_that_differs_from_the_hub_is_rebuilt_beside_the_old_one",
    ),
    Guard(
        "a rebuild is verified",
        PATCH,
        "local.set_cursors(connection, final.cursors)\n    checksums.verify(connection, final.checksums)",
        "local.set_cursors(connection, final.cursors)",
        FAULTS + "test_a_hub_that_never_adds_up_is_told_and_the_old_cache_stays",
    ),
    Guard(
        "scopes that are granted no more are dropped",
        PATCH,
        "if before - granted:\n        changed |= drop_unseen(connection, granted)",
        "pass",
        PROMISES + "test_what_is_not_granted_any_more_goes_with_the_pull_that_says_so",
    ),
    Guard(
        "a rebuild keeps nothing that is granted no more",
        PATCH,
        "homes |= sums.homes\n    sums.save(connection)",
        "sums.save(connection)\n    homes |= sums.homes",
        PROMISES + "test_what_a_rebuild_brought_before_it_was_granted_no_more_is_not_kept",
    ),
    Guard(
        "of two versions the higher wins",
        PATCH,
        "elif old is not None and old[VERSION] > row[VERSION]:",
        "elif old is None and now is None:",
        PROMISES + "test_an_older_version_of_a_row_changes_nothing",
    ),
    Guard(
        "footprints: what a pull touches is replayed",
        PATCH,
        "crossed = footprints.crossed(waiting, plan.touched, pairs)",
        "crossed = set()",
        REBASE + "test_only_what_a_change_has_to_do_with_is_predicted_again",
    ),
    Guard(
        "undo gives back what was there before the first prediction",
        PREDICTION,
        'sql + " ORDER BY seq DESC"',
        'sql + " ORDER BY seq ASC"',
        REBASE + "test_what_two_commands_wrote_is_undone_from_the_last_to_the_first",
    ),
    Guard(
        "a command that throws predicts nothing, and stays",
        PREDICTION,
        'log.exception("command %d cannot be predicted", entry.seq)',
        "raise",
        PROMISES + "test_a_command_that_throws_here_predicts_nothing_and_goes_to_the_hub",
    ),
    Guard(
        "a damaged page is noticed",
        CACHE,
        "if file is self._file and file.shows_damage(error):",
        "if file is not self._file:",
        FAULTS + "test_a_flipped_page_costs_a_reload_and_nothing_that_waits",
    ),
    Guard(
        "another release's cache is not read",
        CACHE,
        "if user_version(connection) != local.schema_version():",
        "if user_version(connection) < 0:",
        FILES + "test_a_cache_of_another_schema_is_begun_anew",
    ),
    Guard(
        "one process per profile",
        "s2b_desktop/models/profile.py",
        "self._lock.acquire()",
        "pass",
        FILES + "test_one_process_per_profile_and_a_killed_one_lets_go",
    ),
    Guard(
        "a batch is one actor's",
        LOOP,
        "if batch and (size > MAX_BYTES or wire.thaw(entry.body).actor_id != actor_id):",
        "if batch and size > MAX_BYTES:",
        ENTRIES + "test_a_shift_change_hides_what_is_not_granted_and_sends_what_waits_in_its_authors_name",
    ),
    Guard(
        "a shift change hides what is not granted",
        WORKSPACE,
        "if excess:\n            self.narrow(excess)\n        elif not same:",
        "if not same:",
        ENTRIES + "test_a_shift_change_hides_what_is_not_granted_and_sends_what_waits_in_its_authors_name",
    ),
    Guard(
        "a profile with work inside changes no owner",
        ENTRY,
        'raise EntryRefused("other_organisation")',
        "pass",
        ENTRIES + "test_another_organisation_takes_over_only_an_empty_queue",
    ),
    Guard(
        "never twice from the same place without progress",
        LOOP,
        "if expected == first or missing:",
        "if missing:",
        PROMISES + "test_a_hub_that_expects_the_same_again_is_not_asked_in_a_loop",
    ),
    Guard(
        "a copied profile notices itself",
        WORKSPACE,
        "            self.doubt()\n        self.last_pull",
        "            pass\n        self.last_pull",
        COPIES + "test_a_copy_on_another_pc_notices_itself_and_sends_what_waits_once",
    ),
    Guard(
        "a doubted device pushes nothing",
        LOOP,
        'if device is not None and device.doubted:\n            raise Blocked("device_cloned")',
        "pass",
        COPIES + "test_a_copy_on_another_pc_notices_itself_and_sends_what_waits_once",
    ),
    Guard(
        "what is booked already is not predicted on top of itself",
        PREDICTION,
        "while more := _booked(",
        "while more := set() and _booked(",
        COPIES + "test_what_the_original_has_sent_is_not_done_again_on_top_of_itself",
    ),
    Guard(
        "what waits is predicted in the name of the device that will send it",
        WORKSPACE,
        "elif not same:",
        "elif False:",
        COPIES + "test_what_waits_is_shown_as_the_new_devices_as_soon_as_it_is_one",
    ),
    Guard(
        "pauses grow and are never in step",
        LOOP,
        "return longest * self._chance.uniform(0.5, 1.0)",
        "return self._interval",
        FAULTS + "test_pauses_grow_and_end",
    ),
)

GUARDS = (*HUB_SIDE, *DESKTOP_SIDE)
