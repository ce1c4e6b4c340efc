"""The verdict on a project: nature, department, item, how sure, why, and whether a person must look.

The way of one project: its unit gives the sections it may buy from; its words give candidates among their
items; cues, with the fit of the best candidate, give the nature; nature and item together give the
confidence. Saying no is the usual answer: a code is given only to a service that the catalog names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from catalog_data.model import NATURES, Catalog, Choice, Evidence, PerformanceSheet, Project, Verdict, Versions

from .competence import Competence, Topic, most_competent
from .confidence import confidence_features
from .cues import CueHit
from .departments import DepartmentMatch, DepartmentResolver, resolver
from .explain import FIELD_LABELS, match_evidence
from .groundwork import Groundwork
from .matching import Candidate, Matcher, share
from .nature import Fit, NatureModel, nature_features
from .parameters import Parameters
from .regulations import Flag, rule_book
from .vocabulary import ThesaurusEntry
from .wording import Wording, cleaner

AUTO_LINE = 0.95
"""The confidence from which a verdict may stand without a person, unless the office chooses another."""

MIN_MARGIN = 0.15
"""An item must lead the next one by this much probability to stand without a person."""

CODE_LINE = 0.8
"""A code is named only where the probability of a catalogued service passes this; otherwise candidates only."""

FULL_FIT = 10.0
"""The candidate score that counts as a full fit."""

CLEAR = 0.85
"""The probability from which a name, or a content, says clearly what it is."""

SHOWN = 5
SHOWN_CUES = 3

QUESTIONS = {
    "prohibited:labour_dispatch": "合同约定的是服务成果，还是按人头支付的用工？",
    "prohibited:financing": "是否由承接方垫资或融资，政府分期偿还？",
    "prohibited:works_bundled": "能否把建设工程与后续服务分开立项、分开采购？",
    "name_contradicts_content": "项目名称与内容说法不一，以哪一个为准？",
}
"""What would settle a flag."""

_MEANINGFUL = 2


class UnreadableProject(ValueError):
    """A project that says nothing: no name, or a name without words. The message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was seen in a project before judging it; the input of fitting as well as of tagging."""

    match: DepartmentMatch
    name: Wording
    text: Wording
    candidates: tuple[Candidate, ...]
    hits: tuple[CueHit, ...]
    features: Mapping[str, float]


def project_text(project: Project) -> str:
    """Description and the parts of the performance sheet that say who is paid, how and for what."""
    parts = (part.strip() for part in (project.description, *_sheet_parts(project.sheet)))
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _sheet_parts(sheet: PerformanceSheet | None) -> Iterator[str]:
    if sheet:
        yield from (sheet.overview, sheet.plan, sheet.year_goal)
        outputs = (i for i in sheet.indicators if i.scope == "year" and i.group.startswith("产出") and i.name)
        yield "；".join(f"{i.name} {i.target}" for i in outputs)


class Tagger:
    """Judges projects by one catalog and the groundwork made of it. ``auto_line`` is the confidence that an office asks
    for, 0.5..1; ``aliases`` are the shipped ones unless given."""

    def __init__(
        self,
        catalog: Catalog,
        ground: Groundwork,
        thesaurus: Sequence[ThesaurusEntry],
        parameters: Parameters,
        auto_line: float = AUTO_LINE,
        aliases: DepartmentResolver | None = None,
    ) -> None:
        self.vocabulary = ground.vocabulary
        self.matcher = Matcher(catalog, ground.profiles, thesaurus, parameters.ranking)
        self.nature = NatureModel(parameters.nature_intercept, parameters.nature_weights)
        self.calibration = parameters.calibration
        self.competence = Competence(ground.profiles, aliases or resolver())
        self._competent = parameters.competence
        self.auto_line = auto_line
        self.versions = Versions(f"{catalog.number} {catalog.sha256[:12]}", engine_version(), ground.knowledge)
        self._resolver = aliases or resolver()
        self._cleaner, self._cues, self._rules = cleaner(), ground.cues, rule_book()

    def with_parameters(self, parameters: Parameters) -> Tagger:
        """The same tagger judging by other nature weights and calibration; candidates keep their scores."""
        other = copy(self)
        other.nature = NatureModel(parameters.nature_intercept, parameters.nature_weights)
        other.calibration = parameters.calibration
        other._competent = parameters.competence
        return other

    def with_line(self, auto_line: float) -> Tagger:
        """The same tagger with another line, 0.5..1."""
        other = copy(self)
        other.auto_line = auto_line
        return other

    def read(self, project: Project) -> Reading:
        """See what is in a project. Raises ``UnreadableProject`` where there is nothing to judge."""
        printed = project_text(project)
        name = self._cleaner.clean(project.name, project.unit)
        if sum(char.isalpha() for char in name.normalised) < _MEANINGFUL:
            raise UnreadableProject("项目名称为空或没有可辨认的文字，无法判定；请补充项目名称")
        text = self._cleaner.clean(printed, project.unit)
        match = self._resolver.resolve(project.unit)
        candidates = tuple(self.matcher.candidates(name, text, match.departments))
        hits = tuple(self._cues.find(_without(project.name, project.unit), _without(printed, project.unit)))
        features = nature_features(hits, name, printed, fit_of(candidates), sectionless=not match.departments)
        return Reading(match, name, text, candidates, hits, features)

    def tag(self, project: Project) -> Verdict:
        """The verdict on a project. Raises ``UnreadableProject`` where there is nothing to judge."""
        return self.judge(project, self.read(project))

    def judge(self, project: Project, reading: Reading) -> Verdict:
        """The verdict that a reading supports."""
        natures = self.nature.probabilities(reading.features)
        nature = max(natures, key=lambda kind: natures[kind])
        shares = share(reading.candidates)
        flags = self._rules.flags(f"{project.name}\n{reading.text.text}")
        if self._contradicted(reading, natures):
            flags.append(self._rules.named("name_contradicts_content", project.name))
        confidence = self.calibration.confidence(self.support(nature, natures, reading, shares))
        top = reading.candidates[0] if reading.candidates else None
        named = nature == "service" and top is not None and natures["service"] >= CODE_LINE
        problem = self._problem(nature, natures, reading, shares, flags, confidence)
        choices = tuple(self._choices(reading, shares))
        department = most_competent(self.competence.sections(topic_of(project, reading)), self._competent)
        evidence = (*self._evidence(reading, nature, department, flags), *(choices[0].evidence if named else ()))
        return Verdict(
            id=project.id,
            department=department,
            departments=reading.match.departments,
            nature=nature,
            code=top.item.id if named and top else None,
            decision="review" if problem else "auto",
            confidence=round(confidence, 4),
            natures={kind: round(p, 4) for kind, p in natures.items()},
            candidates=choices,
            flags=tuple(flag.flag for flag in flags),
            evidence=evidence,
            reason=problem[0] if problem else f"把握 {confidence:.0%}，达到自动判定线 {self.auto_line:.0%}",
            question=problem[1] if problem else "",
            versions=self.versions,
            heading=top.item.parent if top and nature == "service_uncatalogued" else "",
        )

    def _contradicted(self, reading: Reading, natures: Mapping[str, float]) -> bool:
        """Whether the name alone says clearly that it is a service where the content denies it, or the reverse."""
        if not reading.text.text or 1 - CLEAR < natures["service"] < CLEAR:
            return False
        from_name = [hit for hit in reading.hits if hit.field == "name"]
        fit, sectionless = fit_of(reading.candidates), not reading.match.departments
        alone = self.nature.probabilities(nature_features(from_name, reading.name, "", fit, sectionless=sectionless))
        denied = alone["service"] >= CLEAR and natures["service"] <= 1 - CLEAR
        return denied or (alone["service"] <= 1 - CLEAR and natures["service"] >= CLEAR)

    @staticmethod
    def support(
        nature: str, natures: Mapping[str, float], reading: Reading, shares: Sequence[float]
    ) -> dict[str, float]:
        """What the confidence of an answer rests on; see ``confidence_features``."""
        return confidence_features(
            nature,
            natures,
            reading.candidates,
            shares,
            cues=len(reading.hits),
            described=bool(reading.text.text),
            sectionless=not reading.match.departments,
        )

    def _problem(
        self,
        nature: str,
        natures: Mapping[str, float],
        reading: Reading,
        shares: Sequence[float],
        flags: Sequence[Flag],
        confidence: float,
    ) -> tuple[str, str] | None:
        """Why a person must look, and what would settle it; None where nobody needs to."""
        if flags:
            question = QUESTIONS.get(flags[0].flag, "资金付给谁、买的是什么？")
            return f"{flags[0].label}：{flags[0].regulation.citation}", question
        if nature == "service":
            if natures[nature] < CODE_LINE:
                return f"是否为目录内服务只有 {natures[nature]:.0%} 的把握", "资金付给谁、买的是什么？"
            item_problem = self._item_problem(reading, shares)
            if item_problem:
                return item_problem
        if confidence < self.auto_line:
            first, second = sorted(natures, key=lambda kind: -natures[kind])[:2]
            question = f"资金付给谁、买的是什么？（{NATURES[first]}还是{NATURES[second]}）"
            if not reading.text.text.strip():
                return f"只有项目名称，把握 {confidence:.0%}，不足 {self.auto_line:.0%}", f"请补充项目概况：{question}"
            return f"把握 {confidence:.0%}，不足自动判定线 {self.auto_line:.0%}", question
        return None

    @staticmethod
    def _item_problem(reading: Reading, shares: Sequence[float]) -> tuple[str, str] | None:
        if not reading.candidates:
            return "像是购买服务，但目录中没有相近的条目", "服务的具体内容是什么？"
        first = reading.candidates[0]
        if first.foreign or not reading.match.departments:
            where = f"“{first.item.name}”属于{first.item.department}部门的目录"
            return f"本单位所属部门的目录没有合适条目，{where}", "是否应由该部门购买，或报财政部门备案后增设？"
        if len(shares) > 1 and shares[0] - shares[1] < MIN_MARGIN:
            second = reading.candidates[1].item
            question = f"服务内容更接近“{first.item.name}”还是“{second.name}”？"
            return f"两个条目难分：{first.item.code} 与 {second.code}", question
        return None

    def _choices(self, reading: Reading, shares: Sequence[float]) -> Iterator[Choice]:
        for candidate, probability in list(zip(reading.candidates, shares, strict=True))[:SHOWN]:
            item = candidate.item
            yield Choice(
                item.id,
                item.name,
                item.path,
                round(candidate.score, 3),
                round(probability, 4),
                candidate.foreign,
                self._matches(reading, candidate),
            )

    def _matches(self, reading: Reading, candidate: Candidate) -> tuple[Evidence, ...]:
        return match_evidence(candidate.item, self.vocabulary, reading.name, reading.text)

    def _evidence(self, reading: Reading, nature: str, department: str, flags: Sequence[Flag]) -> Iterator[Evidence]:
        yield Evidence("department", reading.match.explanation)
        if department not in ("", *reading.match.departments):
            yield _in_charge(department, reading.hits)
        speaking = [hit for hit in reading.hits if hit.cue.nature == nature]
        for hit in sorted(speaking, key=lambda hit: -self.nature.contribution(hit, nature))[:SHOWN_CUES]:
            speaks = "通常是" if hit.cue.is_programme else "说明是"
            said = f"{FIELD_LABELS[hit.field]}中的“{hit.words}”{speaks}{NATURES[nature]}"
            yield Evidence("cue", said, hit.field, hit.span, hit.cue.source)
        for flag in flags:
            said = f"“{flag.words}”：{flag.label}。{flag.regulation.text}"
            yield Evidence("rule", said, source=flag.regulation.citation)
        for regulation in self._rules.articles(nature):
            yield Evidence("rule", regulation.text, source=regulation.citation)


def _in_charge(department: str, hits: Sequence[CueHit]) -> Evidence:
    """Why another department than the unit's own is in charge."""
    programme = next((hit for hit in hits if hit.cue.section == department), None)
    if programme is None:
        return Evidence("department", f"从项目内容看，属于{department}部门的目录管")
    said = f"{FIELD_LABELS[programme.field]}中的“{programme.words}”由{department}部门主管"
    return Evidence("department", said, programme.field, programme.span, programme.cue.source)


def _without(text: str, unit: str) -> str:
    """The text with the unit's own name blanked: 审计局 in it does not mean that an audit is bought."""
    return text.replace(unit, " " * len(unit)) if len(unit) > 2 else text


def fit_of(candidates: Sequence[Candidate]) -> Fit:
    """How well the unit's own sections fit, or all sections where it has none."""
    best = next((candidate for candidate in candidates if not candidate.foreign), None)
    best = best or (candidates[0] if candidates else None)
    if best is None:
        return Fit()
    values = best.by_name()
    cosine = max(values["name_cosine"], values["text_cosine"])
    return Fit(max(0.0, min(best.score, FULL_FIT)) / FULL_FIT, cosine, values["entry_near_name"])


def topic_of(project: Project, reading: Reading) -> Topic:
    """What a project is about, for finding the section in charge."""
    return Topic(project.unit, reading.match, reading.name, reading.text, reading.candidates, reading.hits)


def engine_version() -> str:
    """The release of the engine."""
    try:
        return version("catalog-service")
    except PackageNotFoundError:
        return "0.1.0"
