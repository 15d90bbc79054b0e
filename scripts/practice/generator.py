"""Samples of the practice student's craft: guidance, a conversation, and the reply that carries the steps out.

Everything is drawn from one seed. A reply says one sentence for each step, in order, a line each; a rule of the
strategy may put one act first, according to the message; a name given in the newest message is the first line.
What an earlier reply has carried out is not said again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from denju.student.prompt import Guidance
from denju.values import FALLBACK_TAG, Strategy, Turn
from practice import acts, material, wordings
from practice.desk import Desk
from practice.taught import NUMBERS, SHOWN, Conversation, Message, Rule, Sample, Taught

SUBJECTS = 0.35
"""How often a message of the training speaks of a matter from anywhere: what is the matter tells no mood."""
HELD_OUT_CUES = 2
"""The last cues of each strategy serve the evaluation only."""
CLOSE = ("thank", "tell_next", "offer_help")
"""Two of these close a conversation in which all steps are done."""
WORDINGS = (0.85, 0.15)
"""How often an act's first and second fitting sentence is said: the fewer there are, the sooner the act is learnt."""
ANGRY_CUE = re.compile(
    r"[!！]|どういう|じゃない|どうなって|いい加減|ふざけ|怒|納得でき|困ります|信用|ずさん|ひどい|話にならない|出せ|だぞ|はずだ|もう払い"
    r"|どうしてくれ|もらえるんだろ|度重なる|三度目|心外|一方的|残念|困惑|受け入れられ|他社に頼む|滞納扱い|腹が立|たらい回し|謝る|謝って|取引を考え"
    r"|何度|責任者|誰が責任|ちゃんと|普通こん|危なすぎ|違いますよ|傷物|頼んだ数の倍|転注|先に言って|いつも何個か|出てるんだけど|間違いだろ|口頭じゃ|つながらない。"
    r"|unacceptable|ridiculous|outrageous|furious|hell|again|fed up|angry|enough|disgrace|seriously|third time|supposed"
    r"|disappoint|one-sided|shocked|insulting|frankly|apologi[sz]|nothing has improved|how many times|done talking|do you even|anyone with eyes"
    r"|actually (?:check|make)|who pays for|obviously|what kind of packing|terrible|nobody (?:picks|takes)|(?:going|business) elsewhere|your manager|not acceptable|third invoice"
    r"|what are you going to do|how could you|stop sending|chased for|swapped the steel|wasting|even heat|did anyone|double what we",
    re.IGNORECASE,
)
_URGENT_CUE = re.compile(
    r"急|すぐ|今日中|本日中|ライン|止ま|urgent|asap|immediately|right away|today|line|stopp|hurry", re.IGNORECASE
)
_NEW_CUE = re.compile(
    r"初めて|はじめ|新規|取引がない|new customer|first|haven't worked|found your|new supplier", re.IGNORECASE
)
_NUMBERED_CUE = re.compile(r"[0-9０-９]{3,}|[A-Z]{1,3}-?[0-9]{2,}")
OPPOSITE = {"angry": "calm", "urgent": "calm", "new": "known"}
PLAIN = "plain"
"""The mood of a sentence that shows none."""
MOODS = ("angry", "angry", "angry", "calm", "calm", "calm", "urgent", "urgent", "new", "known")
"""How often a single sentence shows each."""
_PLACE = "\0"
"""Where a sentence goes that is drawn later."""
_USUAL = ("いつも", "平素")
_ENDS_JA = tuple("。！？!?…」")
AGAIN = 0.3
"""How often an act of a rule is one that a step asks for too, as apologies are."""
LATER = 0.15
"""How many conversations begin behind steps that somebody else has carried out, unless told otherwise."""
STATED = 0.3
"""How many made-up strategies have a step that states a fact, besides those that have one by chance: few acts do."""
FROM_LISTS = 0.25
"""How many of the reworded steps are taken from the lists of whole wordings; the others are put together from parts."""


def _apart(sentence: str) -> str:
    """A Japanese sentence; behind a bare number a space, or what comes next could be taken for more of it."""
    return sentence if sentence.endswith((*_ENDS_JA, _PLACE)) else f"{sentence} "


class Generator:
    """Draws samples; ``held_out`` takes what customers say that training never sees."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        self.rng = random.Random(seed)
        self.held_out = held_out
        self.said = material.UNSEEN if held_out else material.SEEN
        self.desks = {language: Desk(language) for language in acts.LANGUAGES}
        self.pools = {language: material.Pools(language, self.rng) for language in acts.LANGUAGES}

    # Strategies

    def starter(self, language: str, *, mixed: bool = False) -> Taught:
        """One of the starter library; ``mixed`` shuffles, drops and adds steps and rewords some."""
        rng, desk = self.rng, self.desks[language]
        taught = rng.choice(desk.starter)
        if not mixed:
            return taught
        pairs = list(zip(taught.strategy.steps, taught.acts, strict=True))
        if rng.random() < 0.7:
            rng.shuffle(pairs)
        if len(pairs) > 1 and rng.random() < 0.4:
            pairs.pop(rng.randrange(len(pairs)))
        if rng.random() < 0.4:
            pairs.insert(rng.randint(0, len(pairs)), self._step(language))
        pairs = [self._step(language, act) if rng.random() < 0.3 else (step, act) for step, act in pairs]
        pairs = list({act: (step, act) for step, act in pairs}.values())
        strategy = replace(taught.strategy, steps=tuple(step for step, _ in pairs))
        found = Taught(strategy, tuple(act for _, act in pairs), taught.rule)
        return found if taught.rule and rng.random() < 0.5 else self._with_rule(found, language, 0.5)

    def synthetic(self, language: str, size: int = 0) -> Taught:
        """Steps of any acts in any order, under a title, a situation and priorities from anywhere."""
        rng, desk = self.rng, self.desks[language]
        names = rng.sample(list(desk.acts), size or rng.choice((1, 2, 3, 3, 4, 4, 5, 5, 6)))
        stating = [name for name, act in desk.acts.items() if act.fact and name not in names]
        if stating and rng.random() < STATED:
            names[rng.randrange(len(names))] = rng.choice(stating)
        steps, done = zip(*(self._step(language, act) for act in names), strict=True)
        pick = [rng.choice(desk.starter).strategy for _ in range(3)]
        strategy = Strategy(
            title=pick[0].title,
            situation=pick[1].situation,
            language=language,
            priorities=tuple(rng.sample(pick[2].priorities, rng.randint(0, len(pick[2].priorities)))),
            steps=tuple(steps),
        )
        return self._with_rule(Taught(strategy, tuple(done)), language, 0.4)

    def _step(self, language: str, act: str | None = None) -> tuple[str, str]:
        desk = self.desks[language]
        act = act or self.rng.choice(list(desk.acts))
        if self.rng.random() < FROM_LISTS:
            return self._reworded(self.rng.choice(desk.wordings[act]), language), act
        return self._reworded(wordings.worded(self.rng, language, act), language), act

    def _reworded(self, step: str, language: str) -> str:
        """Small words before and after, as people write them."""
        rng = self.rng
        if rng.random() < 0.8:
            return step
        if language == "ja":
            return (
                rng.choice(("まず", "次に", "必ず", "丁寧に", "そのうえで", "最後に", "できれば", ""))
                + step
                + rng.choice(("", "", "。", "こと"))
            )
        ahead = rng.choice(
            ("First, ", "Then ", "Politely ", "Next, ", "Always ", "Finally, ", "Please ", "If possible, ")
        )
        return ahead + step[0].lower() + step[1:] + rng.choice(("", "", "."))

    def _with_rule(self, taught: Taught, language: str, share: float) -> Taught:
        if self.rng.random() >= share:
            return replace(taught, strategy=replace(taught.strategy, decide=()), rule=None)
        known = self.rng.random() < 0.4
        text, rule = self.rng.choice(self.desks[language].rules) if known else self._rule(language, taught.acts)
        return replace(taught, strategy=replace(taught.strategy, decide=(text,)), rule=rule)

    def _rule(self, language: str, steps: Sequence[str]) -> tuple[str, Rule]:
        """A rule of any two acts, and its text; either may be one that ``steps`` ask for too."""
        rng = self.rng
        names = list(self.desks[language].acts)
        when = rng.choice(("angry", "angry", "angry", "urgent", "new", "number_missing"))
        first = rng.choice([*NUMBERS] if when == "number_missing" else steps if rng.random() < AGAIN else names)
        others = [name for name in (steps if rng.random() < AGAIN else names) if name != first]
        otherwise = rng.choice(others or [name for name in names if name != first])
        halves = material.RULES[language][when if when != "number_missing" else NUMBERS[first]]
        clauses = [self._clause(language, act) for act in (first, otherwise)]
        parts = [wordings.expanded(rng, half) for half in halves]
        if language == "ja":
            return f"{parts[0]}、まず{clauses[0]}。{parts[1]}、先に{clauses[1]}。", Rule(when, first, otherwise)
        return f"{parts[0]}: {clauses[0]} first. {parts[1]}: {clauses[1]} first.", Rule(when, first, otherwise)

    def _clause(self, language: str, act: str) -> str:
        step = self._step(language, act)[0].rstrip("。.")
        return step if language == "ja" else step[0].lower() + step[1:]

    # Guidance

    def guidance(self, language: str, taught: Taught | None, facts: Sequence[str] = ()) -> Guidance:
        rng, desk = self.rng, self.desks[language]
        policies, general = list(desk.policies), list(desk.general)
        if not self.held_out and rng.random() < 0.5:
            policies = rng.sample(policies, rng.randint(0, len(policies)))
            general = rng.sample(general, rng.randint(0, len(general)))
            policies += [self._rule_of_house(language, material.POLICIES) for _ in range(rng.choice((0, 0, 1, 3)))]
            general += [self._rule_of_house(language, material.GENERAL) for _ in range(rng.choice((0, 0, 1, 2)))]
        return Guidance(language, tuple(policies), tuple(general), taught.strategy if taught else None, tuple(facts))

    def _rule_of_house(self, language: str, pool: dict[str, list[str]]) -> Strategy:
        return Strategy(title="-", situation="-", language=language, steps=(self.rng.choice(pool[language]),))

    def facts(self, language: str, names: Sequence[str], share: float) -> dict[str, str]:
        """Values by the act that states them: those of ``names`` with chance ``share``, and some nobody asked for."""
        rng = self.rng
        known = {}
        for name, act in self.desks[language].acts.items():
            if act.fact and rng.random() < (share if name in names else 0.12):
                known[name] = self.pools[language].value(name)
        return known

    def fact_lines(self, language: str, known: dict[str, str]) -> list[str]:
        lines = [f"{self.desks[language].acts[name].fact}: {value}" for name, value in known.items()]
        self.rng.shuffle(lines)
        return lines

    # Messages

    def message(self, language: str, taught: Taught | None, *, long: float = 0.0) -> Message:
        """A first message, fitting ``taught`` or, one time in eight and at each subject from anywhere, not."""
        rng, desk = self.rng, self.desks[language]
        if (taught is None or FALLBACK_TAG in taught.strategy.tags) and rng.random() < 0.7:
            if taught is None and rng.random() < 0.3:
                return Message(rng.choice(self.said["greetings"][language]), traits=frozenset({"greeting"}))
            return self._compose(
                language, rng.choice(self.said["unrelated"][language]), set(), frozenset(), taught, long
            )
        source = taught if taught and taught.strategy.cues and taught.strategy.language == language else None
        if source is None or rng.random() < 0.12:
            source = rng.choice(desk.starter)
        rule = taught.rule if taught else None
        wanted = self._wanted(rule)
        traits = frozenset(wanted & {"angry", "urgent", "new"})
        numbered = rule is None or rule.when != "number_missing"
        cue = self._subject(language) if not self.held_out and rng.random() < SUBJECTS else None
        while cue is None:
            cue = self._cue(self._cues(source), wanted, numbered=numbered)
            source = rng.choice(desk.starter)
        return self._compose(language, cue, wanted, traits, taught, long)

    def _cues(self, taught: Taught) -> Sequence[str]:
        """Those of the training, or of the evaluation."""
        return taught.strategy.cues[-HELD_OUT_CUES:] if self.held_out else taught.strategy.cues[:-HELD_OUT_CUES]

    def _subject(self, language: str) -> str:
        """A sentence that states a matter and shows no mood."""
        return self.rng.choice(material.MATTERS[language])

    def _wanted(self, rule: Rule | None) -> set[str]:
        """Traits that the message shall show; a rule's own is clear one way or the other."""
        rng = self.rng
        wanted = {each for each, share in (("angry", 0.12), ("urgent", 0.12), ("new", 0.06)) if rng.random() < share}
        if rule and rule.when in ("angry", "urgent", "new"):
            wanted -= {rule.when}
            wanted |= {rule.when} if rng.random() < 0.5 else {OPPOSITE[rule.when]} if rng.random() < 0.7 else set()
        return wanted - ({"calm"} if wanted & {"angry", "urgent"} else set())

    def _cue(self, cues: Sequence[str], wanted: set[str], *, numbered: bool = True) -> str | None:
        """A cue that does not speak against ``wanted``, as far as its words tell, and, if not ``numbered``, names no number."""
        against = [
            pattern
            for trait, pattern in (("angry", ANGRY_CUE), ("urgent", _URGENT_CUE), ("new", _NEW_CUE))
            if trait not in wanted
        ]
        if not numbered:
            against.append(_NUMBERED_CUE)
        pool = [cue for cue in cues if not any(pattern.search(cue) for pattern in against)]
        return self.rng.choice(pool) if pool else None

    def _compose(
        self,
        language: str,
        cue: str,
        wanted: set[str],
        traits: frozenset[str],
        taught: Taught | None,
        long: float,
        *,
        beside: str | None = None,
        without: str | None = None,
    ) -> Message:
        """``cue`` with details, moods that are ``wanted``, and the sentence ``beside`` it, in a mail's frame or bare.

        ``without`` is a kind of number that is not named; else half the messages name the one that a rule asks for.
        """
        rng, pools = self.rng, self.pools[language]
        slots: dict[str, str] = {}
        for kind, share in (
            ("order", 0.4),
            ("product", 0.35),
            ("quantity", 0.25),
            ("lot", 0.08),
            ("phone", 0.08),
            ("invoice", 0.04),
        ):
            if rng.random() < share:
                slots[kind] = getattr(pools, "order" if kind == "invoice" else kind)()
        if without:
            slots.pop(without, None)
        elif taught and taught.rule and taught.rule.when == "number_missing":
            kind = NUMBERS.get(taught.rule.first, "order")
            slots.pop(kind, None)
            if rng.random() < 0.5:
                slots[kind] = getattr(pools, "order" if kind == "invoice" else kind)()
        name = pools.name() if rng.random() < 0.5 else None
        body = [cue, *self._details(language, slots)]
        moods = tuple((self._mood(language, mood), mood) for mood in sorted(wanted))
        for said in (*(sentence for sentence, _ in moods), *([beside] if beside else [])):
            body.insert(rng.randint(0, len(body)), said)
        if rng.random() < long:
            for filler in rng.choices(material.FILLERS[language], k=rng.randint(4, 24)):
                body.insert(rng.randint(0, len(body)), filler)
        elif rng.random() < 0.15:
            body.insert(rng.randint(0, len(body)), rng.choice(material.FILLERS[language]))
        text = self._framed(language, body, name, first="new" in traits)
        return Message(text, name, slots, traits, moods)

    def _details(self, language: str, slots: dict[str, str]) -> list[str]:
        """Sentences that name what ``slots`` hold."""
        forms = {
            "ja": {
                "order": ("注文番号は{0}です。", "注文番号{0}の件です。", "注番：{0}", "{0}の注文についてです。", "発注書番号は{0}になります。", "注文{0}の分が手元にあります。", "先日{0}で注文した品です。", "{0}で発注済みのものです。"),
                "product": ("品番は{0}です。", "対象は{0}です。", "品番：{0}", "{0}についてです。", "{0}の件です。", "{0}が届いています。", "御社の{0}を使っています。", "今回は{0}のことでご連絡しました。"),
                "quantity": ("数は{0}です。", "数量は{0}です。", "全部で{0}です。", "数量：{0}", "このうち{0}が対象です。", "{0}あります。", "{0}について伺います。"),
                "lot": ("ロット番号は{0}です。", "ロット：{0}", "ロット{0}の品です。"),
                "phone": ("電話は{0}です。", "連絡先は{0}です。", "TEL {0}", "{0}までお電話ください。"),
                "invoice": ("請求書番号は{0}です。", "請求書{0}の件です。", "請求書{0}を見ています。"),
            },
            "en": {
                "order": ("The order number is {0}.", "This is about order {0}.", "Our PO: {0}", "It concerns order {0}.", "Order no. {0}.", "The parts of order {0} are here with us.", "Order {0} is the one I mean.", "We placed {0} with you some time ago.", "Order {0} came in last week.", "{0} went out to us by road."),
                "product": ("The part is {0}.", "It is about the {0}.", "Part: {0}", "We are talking about {0}.", "This concerns {0}.", "Your {0} is on my desk.", "The {0} from you is what we use.", "My message is about the {0} you made.", "Your {0} sits in our main line.", "{0} runs in three of our machines."),
                "quantity": ("The quantity is {0}.", "We are talking about {0}.", "In total it is {0}.", "Quantity: {0}", "It is {0} in this case.", "There are {0} of them here.", "All {0} are with us.", "{0} came in one box."),
                "lot": ("The lot number is {0}.", "Lot: {0}", "They are from lot {0}, it says.", "Lot {0} came with it."),
                "phone": ("My number is {0}.", "You can reach me on {0}.", "Phone: {0}", "Calls to {0} reach me."),
                "invoice": ("The invoice number is {0}.", "It is about invoice {0}.", "I have invoice {0} before me.", "Invoice {0} reached us by post."),
            },
        }  # fmt: skip
        found = [self.rng.choice(forms[language][kind]).format(value) for kind, value in slots.items()]
        self.rng.shuffle(found)
        return found

    def _framed(self, language: str, body: list[str], name: str | None, *, first: bool) -> str:
        """The body in a mail's frame, or bare; a ``first`` mail does not thank for what is usual."""
        rng, pools = self.rng, self.pools[language]
        gap = "" if language == "ja" else " "
        firm = pools.firm() if rng.random() < 0.6 else None
        spoken = gap.join(body) if gap else "".join(map(_apart, body)).rstrip()
        joined = spoken if rng.random() < 0.7 else "\n".join(body)
        openings = [each for each in material.OPENINGS[language] if not (first and each.startswith(_USUAL))]
        if name is None:
            ahead = rng.choice(openings) if rng.random() < 0.4 else ""
            behind = rng.choice(material.CLOSINGS[language]) if rng.random() < 0.3 else ""
            return gap.join(part for part in (ahead, joined, behind) if part)
        if language == "ja":
            who = f"{firm}の{name}" if firm else name
            department = rng.choice(material.DEPARTMENTS_JA)
            intro = rng.choice((f"{who}です。", f"{who}と申します。", f"{who}でございます。"))
            signed = "\n".join(part for part in (firm, f"{department} {name}" if rng.random() < 0.5 else name) if part)
        else:
            home = f" from {firm}" if firm else ""
            intro = rng.choice((f"this is {name}{home}.", f"my name is {name}{home}.", f"{name}{home} here."))
            intro = intro[0].upper() + intro[1:]
            signed = "\n".join(part for part in (name, firm) if part)
        opening, closing = rng.choice(openings), rng.choice(material.CLOSINGS[language])
        line = rng.choice((gap, "\n"))
        if rng.random() < 0.55:
            return line.join([opening, intro, joined] + ([closing] if rng.random() < 0.5 else []))
        return f"{opening}{line}{joined}\n{closing}\n{signed}"

    # Replies

    def reply(
        self, language: str, plan: Sequence[str], message: Message, slots: dict[str, str], known: dict[str, str]
    ) -> str:
        """A line for each act; ``slots`` of the whole conversation, ``known`` facts by act."""
        lines = [self.address(language, message.name)] if message.name else []
        return "\n".join([*lines, *(self.sentence(language, act, slots, known) for act in plan)])

    def address(self, language: str, name: str) -> str:
        return f"{name}様、" if language == "ja" else f"Dear {name},"

    def sentence(self, language: str, act: str, slots: dict[str, str], known: dict[str, str]) -> str:
        """One of the act's sentences, its slots filled; where one names something known, it is said."""
        about = self.desks[language].acts[act]
        values = dict(slots)
        if about.fact:
            missing = f"［要確認：{about.fact}］" if language == "ja" else f"[to confirm: {about.fact}]"
            values["value"] = known.get(act, missing)
        fitting = [text for text in about.replies if set(re.findall(r"{(\w+)}", text)) <= set(values)]
        slotted = [text for text in fitting if "{" in text]
        return self.rng.choices((slotted or fitting)[:2], WORDINGS[: len(slotted or fitting)])[0].format_map(values)

    # Conversations

    def conversation(
        self, language: str, taught: Taught | None, known: dict[str, str], *, long: float = 0.0, later: float = LATER
    ) -> Conversation:
        """One message or more and their replies; ``later`` of all begin behind somebody else's first steps."""
        rng = self.rng
        message = self.message(language, taught, long=long)
        plan = taught.plan(message) if taught else self.general_plan(message)
        shown, named, moods = self._shown(message), message.name is not None, message.moods
        turns = [Turn("customer", message.text)]
        learnt: set[int] = set()
        sources: dict[int, tuple[str | None, ...]] = {}
        slots = dict(message.slots)
        done: list[str] = []
        values = [message.name] if message.name else []

        def answer(acts_said: Sequence[str]) -> None:
            turns.append(Turn("agent", self.reply(language, acts_said, message, slots, known)))
            lines: list[str | None] = [None] * len(acts_said)
            if taught:
                # A rule speaks of the first message only.
                lines = [taught.source(act) for act in acts_said] if done else taught.sources(acts_said)
            sources[len(turns) - 1] = (*([None] if message.name else []), *lines)
            done.extend(acts_said)

        kind = rng.random()
        if taught and kind < later and len(plan) > 1:
            # Somebody else has carried out a part already, or followed another strategy.
            part = plan[: rng.randint(1, len(plan) - 1)]
            if rng.random() < 0.25:
                part = rng.sample(list(self.desks[language].acts), rng.randint(1, 3))
            answer(part)
        else:
            answer(plan)
            learnt.add(1)
        if kind <= later + 0.2:
            for _ in range(1 if rng.random() > long else rng.randint(2, 4)):
                message, filled = self.follow_up(language)
                slots |= filled
                plan = [act for act in taught.acts if act not in done] if taught else []
                turns.append(Turn("customer", message.text))
                answer(plan or self.closing_plan(done))
                learnt.add(len(turns) - 1)
        values += [*slots.values(), *known.values()]
        return Conversation(tuple(turns), frozenset(learnt), sources, tuple(values), shown, named, moods)

    def _shown(self, message: Message) -> frozenset[str]:
        return frozenset(SHOWN) & (message.traits | set(message.slots))

    def follow_up(self, language: str) -> tuple[Message, dict[str, str]]:
        """A later message of a customer, and what it names."""
        pools = self.pools[language]
        forms = self.rng.sample(self.said["follow_ups"][language], self.rng.choice((1, 1, 2)))
        slots = {kind: getattr(pools, kind)() for kind in ("lot", "quantity", "order", "product", "phone") if any(f"{{{kind}}}" in form for form in forms)}  # fmt: skip
        text = ("" if language == "ja" else " ").join(form.format_map(slots) for form in forms)
        return Message(text, None, slots), slots

    def general_plan(self, message: Message) -> list[str]:
        """Without a strategy: thank, take the details, promise nothing; to a mere greeting, ask what it is about."""
        if "greeting" in message.traits:
            return ["thank_contact", "ask_detail"]
        asked = "confirm_understanding" if {"order", "product", "quantity"} & set(message.slots) else "ask_detail"
        return ["thank_contact", asked, "no_promise"]

    def closing_plan(self, done: Sequence[str]) -> list[str]:
        return [act for act in CLOSE if act not in done][:2] or ["offer_help"]

    def first_sample(self, sizes: Sequence[int]) -> Sample:
        """For the beginning: steps, some rules, short messages; so that many steps are read in few tokens.

        How many steps there are is drawn from ``sizes``.
        """
        rng = self.rng
        language = rng.choice(acts.LANGUAGES)
        taught = self._short(language, sizes, rules=0.4)
        names = [*taught.acts, *((taught.rule.first, taught.rule.otherwise) if taught.rule else ())]
        known = self.facts(language, names, 0.6)
        guidance = Guidance(language, strategy=taught.strategy, facts=tuple(self.fact_lines(language, known)))
        # Under a rule the same guidance asks for different replies.
        conversations = tuple(self._first(language, taught, known) for _ in range(2 if taught.rule else 1))
        return Sample(guidance, taught, conversations)

    def _short(self, language: str, sizes: Sequence[int], *, rules: float) -> Taught:
        """A strategy of nothing but steps, as many as one of ``sizes``, and with chance ``rules`` a rule."""
        rng = self.rng
        size = rng.choice(sizes)
        taught = self.starter(language, mixed=True) if rng.random() < 0.35 else self.synthetic(language, size)
        strategy = replace(taught.strategy, situation="", priorities=(), decide=(), steps=taught.strategy.steps[:size])
        return self._with_rule(Taught(strategy, taught.acts[:size]), language, rules)

    def study_sample(self) -> Sample:
        """More steps than a strategy has, each in other words and said in one reply: most steps in fewest tokens."""
        language = self.rng.choice(acts.LANGUAGES)
        taught = self.synthetic(language, self.rng.randint(8, 12))
        taught = replace(taught, strategy=replace(taught.strategy, situation="", priorities=(), decide=()), rule=None)
        guidance = Guidance(language, strategy=taught.strategy)
        return Sample(guidance, taught, (self._first(language, taught, {}, whole=0.1),))

    def line(self) -> tuple[str, str]:
        """A step, half of a rule, or a customer's sentence; and its act, its mood, or that it is plain."""
        rng = self.rng
        language = rng.choice(acts.LANGUAGES)
        chance = rng.random()
        if chance < 0.6:
            step, act = self._step(language)
            return f"{rng.randint(1, 6)}. {step}", act
        if chance < 0.75:
            return rng.choice(self._with_rule(self.synthetic(language, 1), language, 1.0).meant())
        if chance < 0.91:
            mood = rng.choice(MOODS)
            return self._mood(language, mood), mood
        if chance < 0.98:
            return self._subject(language), PLAIN
        cue = self._cue(self._cues(rng.choice(self.desks[language].starter)), set()) or self._subject(language)
        return rng.choice((*material.FILLERS[language], cue)), PLAIN

    def contrast_sample(self, pairs: int) -> Sample:
        """A rule, and ``pairs`` of messages that differ in one sentence only: it holds for one of them, not for the other."""
        language = self.rng.choice(acts.LANGUAGES)
        ruled = [taught for taught in self.desks[language].starter if taught.rule]
        taught = self.rng.choice(ruled) if self.rng.random() < 0.45 else self._short(language, (1, 1, 2, 3), rules=1.0)
        conversations = [each for _ in range(pairs) for each in self._contrast(language, taught)]
        return Sample(Guidance(language, strategy=taught.strategy), taught, tuple(conversations))

    def _contrast(self, language: str, taught: Taught) -> Iterator[Conversation]:
        """The same message twice, but for the sentence that a rule speaks of."""
        rule = taught.rule
        assert rule is not None
        kind = NUMBERS.get(rule.first, "order") if rule.when == "number_missing" else None
        cues = self._cues(self.rng.choice(self.desks[language].starter)) if self.rng.random() < 0.4 else ()
        cue = self._cue(cues, set(), numbered=kind is None) or self._subject(language)
        shown = frozenset({rule.when})
        frame = self._compose(language, cue, set(), shown, taught, 0.0, beside=_PLACE, without=kind)
        if kind:
            slots = frame.slots
            drawn = getattr(self.pools[language], "order" if kind == "invoice" else kind)()
            found = [(self._details(language, {kind: drawn})[0], {**slots, kind: drawn}, PLAIN)]
            found.append((self.rng.choice(material.FILLERS[language]), slots, PLAIN))
        else:
            moods = (rule.when, OPPOSITE[rule.when])
            found = [(self._mood(language, mood), frame.slots, mood) for mood in moods]
        for said, slots, mood in found:
            message = replace(
                frame,
                text=frame.text.replace(_PLACE, _apart(said) if language == "ja" else said).rstrip(),
                slots=slots,
                traits=frozenset({mood} & {*OPPOSITE}),
                moods=((said, mood),),
            )
            yield self._answered(language, taught, message, {})

    def _mood(self, language: str, mood: str) -> str:
        return wordings.expanded(self.rng, self.rng.choice(self.said[mood][language]))

    def _first(self, language: str, taught: Taught, known: dict[str, str], *, whole: float = 0.6) -> Conversation:
        """One message, ``whole`` of all with names, numbers and a mail's frame, and its reply."""
        if taught.rule or self.rng.random() < whole:
            message = self.message(language, taught)
        else:
            message = Message(
                self.rng.choice(self.rng.choice(self.desks[language].starter).strategy.cues[:-HELD_OUT_CUES])
            )
        return self._answered(language, taught, message, known)

    def _answered(self, language: str, taught: Taught, message: Message, known: dict[str, str]) -> Conversation:
        """One message and its reply."""
        plan = taught.plan(message)
        reply = self.reply(language, plan, message, message.slots, known)
        turns = (Turn("customer", message.text), Turn("agent", reply))
        named = message.name is not None
        sources = {1: (*([None] if named else []), *taught.sources(plan))}
        values = (*([message.name] if message.name else []), *message.slots.values(), *known.values())
        return Conversation(turns, frozenset({1}), sources, values, self._shown(message), named, message.moods)

    def sample(self, count: int, *, long: float = 0.0, starter: float = 0.25, later: float = LATER) -> Sample:
        """One guidance and ``count`` conversations under it; ``starter`` of all are of the starter library as it is."""
        rng = self.rng
        language = rng.choice(acts.LANGUAGES)
        kind = 0.0 if rng.random() < starter else rng.uniform(0.25, 1)
        written = language if rng.random() > 0.08 else next(each for each in acts.LANGUAGES if each != language)
        taught: Taught | None
        if kind < 0.25:
            taught = self.starter(written)
        elif kind < 0.5:
            taught = self.starter(written, mixed=True)
        elif kind < 0.91:
            taught = self.synthetic(written)
        elif kind < 0.95:
            taught = self.desks[written].fallback
        else:
            taught = None
        names = [*taught.acts, *((taught.rule.first, taught.rule.otherwise) if taught.rule else ())] if taught else []
        known = self.facts(language, names, 0.6)
        guidance = self.guidance(language, taught, self.fact_lines(language, known))
        conversations = (self.conversation(language, taught, known, long=long, later=later) for _ in range(count))
        return Sample(guidance, taught, tuple(conversations))
