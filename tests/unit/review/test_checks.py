"""The checks before approval: what each one must find, and that a sample of the starter library passes them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from denju.errors import ChecksFailed, Conflict, StudentDied, UsageError
from denju.library.starter import seed, strategies
from denju.library.store import Library
from denju.review.checks import Checks
from denju.review.findings import CHECKS, NAMES, Finding
from denju.review.resemblance import MOST_DRAFTS, Neighbours, contradictions
from denju.review.reviewing import Reviewing
from denju.review.wording import policies_kept
from denju.values import Check, Strategy
from growth import IN_LINE, growth

STARTER = {each.id: each for each in strategies()}
SCRATCH = STARTER["start-defect-scratch-ja"]
SCRATCHES = STARTER["start-defect-scratch-en"]
MESSAGE = "三月の納品分について、弊社の検査で二件の寸法外れが見つかりました。至急ご確認ください。"


class Counter:
    """A student with a context of 2,000 tokens, a character a token."""

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead

    def context(self) -> int:
        if self.dead:
            raise StudentDied("no student", "")
        return 2_000

    def answer(self) -> int:
        return 200

    def guidance(self, strategy: Strategy, always: Sequence[Strategy]) -> int:
        return sum(len("".join(each.steps)) for each in (strategy, *always) if each.language == strategy.language)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("starter") / "library.json")
    seed(library)
    return library


@pytest.fixture(scope="module")
def checks(library: Library) -> Checks:
    return Checks(library, counter=Counter(), messages=lambda: [MESSAGE])


def new(base: Strategy = SCRATCH, **changes: object) -> Strategy:
    return replace(base, id="st_new", translation_of=None, status="draft", **changes)  # type: ignore[arg-type]


def found(checks: Checks, strategy: Strategy, check: str) -> list[Finding]:
    return [each for each in checks.run(strategy) if each.check == check]


def said(checks: Checks, strategy: Strategy, check: str) -> list[str]:
    return [each.said for each in found(checks, strategy, check)]


def test_a_sample_of_the_starter_library_passes_without_a_warning(checks: Checks) -> None:
    for each in [*STARTER.values()][::7]:
        severities = {finding.check: finding.severity for finding in checks.run(each)}
        assert set(severities.values()) <= {"ok", "notice"}, (each.id, severities)


def test_every_check_says_something_and_only_what_is_declared(checks: Checks) -> None:
    findings = checks.run(new())
    assert {each.check for each in findings} == set(CHECKS)
    assert all(each.said in CHECKS[each.check] for each in findings)


def test_every_check_has_a_name_for_people() -> None:
    assert list(NAMES) == list(CHECKS)


def test_drafts_are_not_looked_for_among_all_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = [new(title=str(number)) for number in range(MOST_DRAFTS + 1)]
    monkeypatch.setattr(Strategy, "__eq__", lambda *_: pytest.fail("held against one another"))
    neighbours = Neighbours(STARTER.values(), iter(drafts))
    alike = [each.title for _, each in neighbours.like(SCRATCH) if each.status == "draft"]
    assert alike.count("0") == 0 and len(alike) == MOST_DRAFTS


@pytest.mark.parametrize("base", [SCRATCH, SCRATCHES], ids=["ja", "en"])
def test_nearly_the_same(checks: Checks, base: Strategy) -> None:
    for copy in (
        new(base),
        new(base, cues=base.cues[::2]),
        new(base, title="別の題名" if base.language == "ja" else "Another name"),
        new(base, cues=(), steps=()),
    ):
        [finding] = found(checks, copy, "duplicate")
        assert (finding.said, finding.values["id"]) == ("found", base.id)
        assert finding.severity == "warning" and finding.overridable


def test_itself_and_its_translation_are_no_duplicate(checks: Checks) -> None:
    assert said(checks, SCRATCH, "duplicate") == ["none"]
    assert said(checks, SCRATCHES, "duplicate") == ["none"]


@pytest.mark.parametrize("base", [SCRATCH, SCRATCHES], ids=["ja", "en"])
def test_the_opposite_order_contradicts(checks: Checks, base: Strategy) -> None:
    [finding] = found(checks, new(base, steps=base.steps[::-1]), "contradiction")
    assert (finding.said, finding.values["id"]) == ("order", base.id)
    assert said(checks, new(base, steps=base.steps[1:]), "contradiction") == ["none"]


@pytest.mark.parametrize(
    ("base", "step", "result", "other"),
    [
        (SCRATCH, "ロット番号は尋ねない", "forbids", "start-defect-scratch-ja"),
        (SCRATCH, "納期を保証する", "forbidden", "start-policy-no-guaranteed-date-ja"),
        (SCRATCH, "返金を約束する", "forbidden", "start-policy-no-refund-ja"),
        (SCRATCH, "返金をお約束します。", "forbidden", "start-policy-no-refund-ja"),
        (SCRATCH, "ご返金をお約束すること", "forbidden", "start-policy-no-refund-ja"),
        (SCRATCH, "カード番号を尋ねる", "forbidden", "start-policy-no-secrets-asked-ja"),
        (SCRATCHES, "Do not ask for the lot number", "forbids", "start-defect-scratch-en"),
        (SCRATCHES, "Promise a refund", "forbidden", "start-policy-no-refund-en"),
    ],
)
def test_a_forbidden_step_contradicts(checks: Checks, base: Strategy, step: str, result: str, other: str) -> None:
    [finding] = found(checks, new(base, steps=(step,)), "contradiction")
    assert (finding.said, finding.values["id"]) == (result, other)


@pytest.mark.parametrize(
    ("step", "rule"),
    [("連絡する", "連絡を忘れない"), ("納期を確認する", "納期を約束しない"), ("お詫びする", "お詫びを繰り返さない")],
)
def test_another_act_on_the_same_is_not_forbidden(library: Library, step: str, rule: str) -> None:
    policy = Strategy("規則", "いつでも", id="rule", scope="policy", language="ja", steps=(rule,))
    neighbours = Neighbours(library.serving(), [])
    assert {each.said for each in contradictions(new(steps=(step,)), [policy], neighbours)} == {"none"}


def test_no_step_of_the_starter_library_is_forbidden_by_another(library: Library) -> None:
    neighbours = Neighbours(library.serving(), [])
    for language in ("ja", "en"):
        own = [each for each in library.serving() if each.language == language]
        steps = tuple(step for each in own for step in each.steps)
        every = Strategy("All", "Always", id="all", scope="general", language=language, steps=steps)
        said = {each.said for each in contradictions(every, own, neighbours)}
        assert said & {"forbidden", "forbids"} == set()


def test_what_a_policy_never_lets_through_cannot_be_overridden(checks: Checks) -> None:
    [finding] = found(checks, new(steps=("全額返金いたします。",)), "policy")
    assert (finding.severity, finding.overridable) == ("violation", False)
    assert said(checks, new(steps=("「全額返金いたします」とは言わない",)), "policy") == ["kept"]
    for never in ("(", "a{99999999999}"):
        assert said(checks, new(check=Check(never=(never,))), "policy") == ["invalid"]


REFUND, PROMISE, REFUND_JA, PROMISE_JA = "(?i)refund", "(?i)promise.*refund", "返金", "返金.*約束"


@pytest.mark.parametrize(
    ("never", "step"),
    [
        (REFUND, "Promise a refund."),
        (REFUND_JA, "返金を約束する。"),
        (REFUND, "Promise a refund without waiting for the inspection."),
        (PROMISE_JA, "検査を待たずに返金を約束する"),
        (PROMISE, "Promise a refund, no questions asked."),
        (PROMISE_JA, "返金を約束する、理由は聞かない"),
        (REFUND, "Never argue but promise a refund"),
        (REFUND_JA, "お急ぎでないときは、返金を約束する"),
        (REFUND, "Promise no refund today, but promise a refund tomorrow"),
        (REFUND_JA, "今日は返金を約束しないが、明日は返金を約束する"),
        (REFUND, "Promise a refund because they cannot wait"),
        (REFUND_JA, "返金を約束するので心配いらないと伝える"),
        ("without fail", "Say it arrives without fail"),
        ("必ず", "必ず届くと伝える"),
    ],
)
def test_a_policy_is_broken_where_the_words_that_forbid_govern_something_else(
    tmp_path: Path, never: str, step: str
) -> None:
    assert judged(tmp_path, never, step) == ["broken"]


@pytest.mark.parametrize(
    ("never", "step"),
    [
        (REFUND, "Never promise a refund."),
        (REFUND_JA, "返金を約束しない。"),
        (REFUND, "Don’t promise a refund or compensation"),
        (REFUND_JA, "返金や賠償を約束しません"),
        ("compensation", "Promise no refund or compensation"),
        (REFUND_JA, "返金、賠償、値引きを約束しない"),
        ("discount", "Do not promise a refund, a discount or compensation"),
        (PROMISE_JA, "返金は、約束しない"),
        (PROMISE, "Promise no refund"),
        (PROMISE_JA, "返金の約束は控え、確認すると伝える"),
        (REFUND, "Say we answer after checking, without promising a refund"),
        (REFUND_JA, "返金を約束せずに、確認すると伝える"),
        (REFUND, "Apologise without a refund"),
        (PROMISE_JA, "返金を約束せず確認する"),
        (REFUND, "Avoid the word refund"),
        (REFUND_JA, "返金という言葉を避ける"),
        (REFUND, "Refuse a refund"),
        (REFUND_JA, "返金はお断りする"),
        (REFUND, "When asked: do not promise a refund"),
        (REFUND_JA, "聞かれたときは、返金を約束してはならない"),
        (REFUND, "Say that a refund cannot be promised"),
        (REFUND_JA, "返金は約束できないと伝える"),
        (REFUND, "A refund is never promised"),
        (REFUND_JA, "返金は決して約束しないこと"),
        (REFUND, "Never say: we will refund you"),
        (REFUND_JA, "「返金します」とは言わない"),
        (REFUND, "No refund without a manager's yes"),
        (REFUND_JA, "返金は、原因が分からないうちは約束しない"),
        (REFUND, "Do not promise a refund before it is checked"),
        (REFUND_JA, "返金の約束は禁止"),
    ],
)
def test_a_policy_is_kept_by_what_forbids_the_same(tmp_path: Path, never: str, step: str) -> None:
    assert judged(tmp_path, never, step) == ["kept"]


def judged(tmp_path: Path, never: str, step: str) -> list[str]:
    library = Library(tmp_path / "library.json")
    library.add([Strategy("Rule", "Always", id="rule", scope="policy", check=Check(never=(never,)))])
    library.review("rule", revision=1, verdict="approved", by="sato", why="")
    return said(Checks(library), Strategy("Late", "Late", id="late", steps=(step,)), "policy")


def test_what_a_policy_forbids_is_looked_for_in_time_that_grows_in_line() -> None:
    policy = Strategy("Rule", "Always", id="rule", check=Check(never=("refund|返金",)))
    late = Strategy("Late", "Late", id="late")
    for piece in ("never ", "no refund or ", "返金、", "返金するが、"):
        assert growth(lambda text: policies_kept(replace(late, steps=(text,)), [policy]), piece, 4_000) < IN_LINE


def test_the_context(library: Library, checks: Checks) -> None:
    assert said(checks, new(), "context") == ["fits"]
    assert said(checks, new(steps=("長い手順" * 400,)), "context") == ["crowded"]
    for counter in (None, Counter(dead=True)):
        [finding] = found(Checks(library, counter=counter), new(), "context")
        assert finding.severity == "unknown"


@pytest.mark.parametrize(
    "step",
    [
        "お世話になっております。このたびは申し訳ございません。", "代品を本日中に手配いたします。",
        "恐れ入りますが写真をお送りいただけますでしょうか。", "Dear Mr. Tanaka, thank you for your message.",
        "We are sorry for the delay and will ship today.", "Please let us know the lot number.",
        "Thank you for contacting us. Best regards, Sato", "傷" * 241,
    ],
)  # fmt: skip
def test_a_pasted_reply_is_no_strategy(checks: Checks, step: str) -> None:
    assert said(checks, new(steps=(step,), decide=()), "reply") == ["found"]


@pytest.mark.parametrize(
    "step", ["お詫びする", "「申し訳ございません」と述べる", "Say we will answer after checking", "Apologise first"]
)
def test_a_step_is_no_reply(checks: Checks, step: str) -> None:
    assert said(checks, new(steps=(step,), decide=()), "reply") == ["none"]


def test_a_sentence_of_a_ticket(checks: Checks) -> None:
    copied = new(cues=("　三月の納品分について、弊社の検査で二件の寸法外れが見つかりました",))
    [finding] = found(checks, copied, "ticket")
    assert (finding.said, finding.values["field"]) == ("copied", "cues")
    assert said(checks, new(cues=("至急ご確認ください",)), "ticket") == ["none"], "too short to be a copy"


def test_a_customers_data_and_a_password(checks: Checks) -> None:
    [finding] = found(checks, new(situation="田中様（tanaka@example.co.jp）から電話があった。"), "customer_data")
    assert finding.severity == "warning"
    [secret] = found(checks, new(steps=("パスワード: hunter2!x を使う",)), "secret")
    assert secret.severity == "violation" and "hunter2" not in str(secret)


def test_own_cues(checks: Checks) -> None:
    assert said(checks, new(cues=()), "own_cues") == ["no_cues"]
    [lost] = found(checks, new(title="請求", situation="請求書の話", cues=SCRATCH.cues[:4], steps=()), "own_cues")
    assert lost.said in ("few", "some") and lost.values["id"] == SCRATCH.id
    assert not found(checks, replace(STARTER["start-policy-no-refund-en"]), "own_cues")


@pytest.fixture
def mine(tmp_path: Path) -> Library:
    library = Library(tmp_path / "library.json")
    rule = Strategy("No refunds", "Always", id="rule", scope="policy", check=Check(never=("refund",)))
    library.add([rule, Strategy("Late", "A delivery is late", id="late", cues=("late",), steps=("Apologise",))])
    library.review("rule", revision=1, verdict="approved", by="sato", why="")
    return library


def reviewing(library: Library) -> Reviewing:
    return Reviewing(library, lambda: Checks(library, counter=Counter()))


def test_approve_keeps_who_when_and_why(mine: Library) -> None:
    served = reviewing(mine).approve("la", by="sato", why="tried it")
    review = served.reviews[-1]
    assert (served.status, review.by, review.why, bool(review.at)) == ("approved", "sato", "tried it", True)
    with pytest.raises(UsageError, match="nothing to approve"):
        reviewing(mine).approve("late", by="sato")


def test_a_warning_needs_a_written_reason_which_is_kept(mine: Library) -> None:
    mine.add([replace(mine.get("late"), id="copy")])
    reviewing(mine).approve("late", by="sato", override="the first")
    before = mine.path.read_bytes()
    for reason in ("", "  "):
        with pytest.raises(ChecksFailed, match=r"not approved \(nearly the same as another\)"):
            reviewing(mine).approve("copy", by="sato", override=reason)
    assert mine.path.read_bytes() == before
    served = reviewing(mine).approve("copy", by="sato", override="for the other plant")
    assert served.reviews[-1].why == "despite duplicate: for the other plant"


def test_nobody_overrides_a_policy(mine: Library) -> None:
    draft = mine.revise(replace(mine.get("late"), steps=("Give a refund",)), base_revision=1)
    with pytest.raises(ChecksFailed, match=r"\(a policy\); no reason overrides"):
        reviewing(mine).approve("late", by="sato", override="I am the boss")
    with pytest.raises(ChecksFailed, match="late: cannot be approved"):
        reviewing(mine).refuse_violations([draft])
    assert mine.get("late").status == "draft"


def test_a_change_while_it_was_looked_at_is_a_conflict(mine: Library) -> None:
    class Slow(Counter):
        def context(self) -> int:
            if mine.get("late").revision == 1:
                mine.revise(replace(mine.get("late"), why="other"), base_revision=1)
            return super().context()

    looking = Reviewing(mine, lambda: Checks(mine, counter=Slow()))
    with pytest.raises(Conflict):
        looking.approve("late", by="sato")
    assert mine.get("late", revision=1).status == "draft"


def test_reject_needs_a_reason(mine: Library) -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        reviewing(mine).reject("late", by="sato", why=" ")
    rejected = reviewing(mine).reject("late", by="sato", why="too short")
    assert (rejected.status, rejected.reviews[-1].why) == ("rejected", "too short")


def test_retire_takes_what_serves_and_approve_brings_it_back(mine: Library) -> None:
    with pytest.raises(UsageError, match="does not serve"):
        reviewing(mine).retire("late", by="sato")
    reviewing(mine).approve("late", by="sato")
    mine.revise(replace(mine.get("late"), why="other"), base_revision=1)
    assert reviewing(mine).retire("late", by="sato", why="sold out").revision == 1
    assert "late" not in [each.id for each in mine.serving()]
    mine.add([Strategy("Other", "Something else", id="other", steps=("Ask",))])
    reviewing(mine).approve("other", by="sato")
    reviewing(mine).retire("other", by="sato")
    back = reviewing(mine).approve("other", by="suzuki", why="sold again")
    assert [each.verdict for each in back.reviews] == ["approved", "retired", "approved"]
