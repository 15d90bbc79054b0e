"""All material of one language: acts, the starter library with its annotations, and the wordings of steps."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from denju.values import FALLBACK_TAG, Strategy
from practice import acts
from practice.taught import Rule, Taught

HERE = Path(__file__).parent


class Desk:
    """All material of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.acts = acts.load(language)
        self.starter: list[Taught] = []
        self.policies: list[Strategy] = []
        self.general: list[Strategy] = []
        steps: dict[str, str] = {}
        rules: dict[str, Rule] = {}
        for part in sorted((HERE / "starter").glob("*.json")):
            marked = json.loads(part.read_text("utf-8"))
            steps |= marked["steps"]
            rules |= {
                text: Rule(each["when"], each["first"], each["otherwise"]) for text, each in marked["decide"].items()
            }
        for part in sorted(Path(str(files("denju.data") / "starter")).glob("*.jsonl")):
            for line in part.read_text("utf-8").splitlines():
                strategy = Strategy.from_dict(json.loads(line))
                if strategy.language != language:
                    continue
                if strategy.scope == "policy":
                    self.policies.append(strategy)
                elif strategy.scope == "general" and FALLBACK_TAG not in strategy.tags:
                    self.general.append(strategy)
                else:
                    rule = rules[strategy.decide[0]] if strategy.decide else None
                    self.starter.append(Taught(strategy, tuple(steps[step] for step in strategy.steps), rule))
        self.fallback = next(each for each in self.starter if FALLBACK_TAG in each.strategy.tags)
        self.starter.remove(self.fallback)
        self.wordings: dict[str, list[str]] = {name: list(act.steps) for name, act in self.acts.items()}
        for taught in (*self.starter, self.fallback):
            for step, act in zip(taught.strategy.steps, taught.acts, strict=True):
                self.wordings[act].append(step)
        self.rules = [(taught.strategy.decide[0], taught.rule) for taught in self.starter if taught.rule]
