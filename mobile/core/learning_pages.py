"""What learning looks like: lists of courses, a course opened, an attempt, its result, what comes back today. Everything from
`Known`; nothing is done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from contract.courses import Card, CourseRow, MediaRef
from contract.learning import AttemptRow
from contract.quizzes import Answer, Quiz, ask, next_attempt_ms
from contract.training import OnboardingRow, TaskRow
from mobile.core import views_learning as v
from mobile.core.learning_questions import Pictures, judged, plain, question_card
from mobile.core.learning_rows import Known, asked_daily, both, standing_of, title_of
from mobile.core.learning_rows import Standing as Stands
from mobile.core.overlay import Overlay
from mobile.core.recall import A_DAY_MOST, Candidate, of_today
from mobile.core.requests import Reader
from mobile.core.views_hq import At, Both, OnItsWay

OPEN: Final = ("open", "begun")
FOUND_MOST: Final = 60


def home(known: Known, onboarding: Iterable[OnboardingRow], *, has_path: bool, running: str, sought: str = "") -> v.LearnHome:
    """Every course in one place: where it is needed most."""
    cards = {course_id: course_card(course_id, known) for course_id in _all(known)}
    due = sorted((one for one in cards.values() if one.is_due), key=_by_due)
    rest = [one for one in cards.values() if not one.is_due and (one.held or one.standing == "done")]
    recommended = [one for one in rest if one.why is not None and one.standing != "done"]
    begun = [one for one in rest if one.why is None and one.standing in ("begun", "failed", "waiting")]
    library = [one for one in rest if one.why is None and one.standing == "new"]
    done = [one for one in rest if one.standing == "done"]
    today = daily(known)
    return v.LearnHome(
        today=known.today,
        due=tuple(due),
        recommended=tuple(sorted(recommended, key=_by_title)),
        begun=tuple(sorted(begun, key=_by_title)),
        library=tuple(sorted(library, key=_by_title)),
        done=tuple(sorted(done, key=lambda one: (-(one.done_at.ms if one.done_at else 0), one.title.zh))),
        found=tuple(_found(cards, known, sought)) if sought.strip() else None,
        certificates=len(known.certificates),
        daily_left=len(today.questions),
        onboarding=tuple(onboarding_card(row, known) for row in onboarding),
        has_path=has_path,
        running=running,
    )


def course_card(course_id: str, known: Known) -> v.CourseCard:
    """A course in a list, held or not."""
    course, stands, task = known.courses.get(course_id), standing_of(course_id, known), _task(course_id, known)
    why = next((row for row in known.recommended if row.course_id == course_id), None)
    card = v.CourseCard(
        course_id=course_id,
        title=_title(course_id, known),
        held=course is not None,
        percent=stands.percent,
        grade=stands.grade,
        standing=state_of(course, stands),
        why=None if why is None else both(why.why_zh, why.why_en),
        done_at=known.reader.at(stands.settled_ms),
        on_its_way=None,
    )
    if course is not None:
        body = course.body
        card = replace(
            card, about=both(body.about_zh, body.about_en), kind=body.kind, topic=body.topic, minutes=body.minutes,
            cards=len(body.cards), has_quiz=body.quiz is not None,
        )  # fmt: skip
    if task is not None:
        done = card.standing == "done"
        card = replace(
            card, due_on=task.due_on, late=not done and task.due_on is not None and task.due_on < known.today,
            gate=task.gate, gate_store=known.stores.get(task.store_id or "", ""), origin=task.origin,
            from_name=task.assigned_by_name, note=task.note,
        )  # fmt: skip
    return card


def state_of(course: CourseRow | None, stands: Stands) -> v.Standing:
    if stands.settled_ms is not None:
        return "done"
    if stands.waiting:
        return "waiting"
    if stands.attempts and not stands.passed and (course is None or course.body.quiz is not None):
        return "failed"
    return "begun" if stands.begun or stands.percent else "new"


def onboarding_card(row: OnboardingRow, known: Known) -> v.OnboardingCard:
    """The list, with what was done here already. Whether one may work HQ says."""
    card = plain_onboarding(row, known.reader)
    lines = tuple(
        replace(
            line,
            done=line.done or (line.course_id is not None and standing_of(line.course_id, known).settled_ms is not None),
            held=line.course_id in known.courses,
        )
        for line in card.lines
    )
    return replace(card, lines=lines, complete=all(line.done for line in lines))


def plain_onboarding(row: OnboardingRow, reader: Reader) -> v.OnboardingCard:
    """The list as HQ has it."""
    lines = tuple(
        v.OnboardingLine(
            kind=item.kind,
            title=both(item.title_zh, item.title_en),
            done=item.done,
            course_id=item.course_id,
            done_at=reader.at(item.done_ms),
            missing=tuple(item.missing),
        )
        for item in row.items
    )
    return v.OnboardingCard(row.store_id, row.store_name, lines, row.gate, row.may_work, row.complete, row.person_id)


# a course opened


def course_page(course: CourseRow, known: Known, pictures: Pictures, running: str) -> v.CoursePage:
    stands = standing_of(course.id, known)
    answers = {
        one.row.card: one.row.answer for one in known.events if one.row.course_id == course.id and one.row.answer is not None
    }
    cards = tuple(_reading(card, stands, answers.get(card.key), pictures) for card in course.body.cards)
    following = next((card.key for card in cards if not card.done), cards[0].key if cards else "")
    is_script = course.body.kind == "script"
    quiz = course.body.quiz
    return v.CoursePage(
        card=course_card(course.id, known),
        cards=cards,
        next_card=following,
        quiz=None if quiz is None else _quiz_card(course, quiz, stands, known, running),
        may_confirm=is_script and stands.confirmed_version != course.version_id,
        confirmed=known.reader.at(stands.confirmed_ms) if stands.confirmed_version == course.version_id else None,
    )


def _reading(card: Card, stands: Stands, answer: Answer | None, pictures: Pictures) -> v.ReadingCard:
    question = card.question
    return v.ReadingCard(
        key=card.key,
        kind=card.kind,
        title=both(card.title_zh, card.title_en),
        words=both(card.zh, card.en),
        done=card.key in stands.done,
        picture=pictures.of(card.picture),
        video=card.video or "",
        items=tuple((item.key, both(item.zh, item.en)) for item in card.items),
        question=None if question is None else question_card(plain(question), pictures),
        answer=answer,
        judgement=None if question is None or answer is None else judged(question, answer),
    )


def _quiz_card(course: CourseRow, quiz: Quiz, stands: Stands, known: Known, running: str) -> v.QuizCard:
    waits_ms = next_attempt_ms(quiz, stands.attempts)
    waits = waits_ms > known.reader.now_ms
    left = None
    if quiz.attempts and not stands.passed:
        left = 0 if waits else quiz.attempts - len(stands.attempts) % quiz.attempts
    rows = sorted(known.attempts.get(course.id, ()), key=lambda row: (row.at_ms, row.id))
    return v.QuizCard(
        questions=_asked_of(quiz),
        pass_percent=quiz.pass_percent,
        policy=quiz.policy,
        time_limit_s=quiz.time_limit_s,
        kept_by_hq=quiz.kept_by == "server",
        attempts_left=left,
        may_begin=not waits,
        waits_until=known.reader.at(waits_ms) if waits else None,
        running=running,
        last=rows[-1].id if rows else "",
        passed=stands.passed,
    )


def _asked_of(quiz: Quiz) -> int:
    drawn = {draw.pool: draw.count for draw in quiz.draws}
    return sum(one.pool not in drawn for one in quiz.questions) + sum(drawn.values())


# results


def result_page(
    row: AttemptRow, quiz: Quiz | None, course: CourseRow | None, known: Known, pictures: Pictures, way: OnItsWay | None
) -> v.ResultPage:
    """What an attempt came to. `quiz`: what it asked, where this device still has it."""
    stands = standing_of(row.course_id, known)
    rules = course.body.quiz if course is not None and course.body.quiz is not None else quiz
    waits_ms = next_attempt_ms(rules, stands.attempts) if rules is not None else 0
    waits = waits_ms > known.reader.now_ms
    failed = row.state == "marked" and not row.passed and not stands.passed
    certificate = next((one.id for one in known.certificates if one.course_id == row.course_id), "")
    return v.ResultPage(
        attempt_id=row.id,
        course_id=row.course_id,
        title=_title(row.course_id, known),
        at=known.reader.at(row.at_ms) or At(row.at_ms, "", ""),
        state=row.state,
        percent=row.percent,
        passed=row.passed,
        pass_percent=rules.pass_percent if rules is not None else 0,
        over_time=row.over_time,
        grade=stands.grade,
        policy=rules.policy if rules is not None else "best",
        lines=_lines(row, quiz, pictures),
        next_at=known.reader.at(waits_ms) if failed and waits else None,
        may_again=failed and not waits and course is not None,
        next_course=_next_course(rules, known) if failed else None,
        certificate=certificate if row.passed else "",
        on_its_way=way,
    )


def _lines(row: AttemptRow, quiz: Quiz | None, pictures: Pictures) -> tuple[v.ResultLine, ...]:
    if quiz is None:
        return ()
    marks, answers = {one.question: one for one in row.marks}, {one.question: one for one in row.answers}
    found = []
    for asked in ask(quiz, row.id):
        key = asked.question.key
        judgement = judged(asked.question, answers.get(key), marks.get(key))
        found.append(v.ResultLine(question_card(asked, pictures), answers.get(key), judgement))
    return tuple(found)


def _next_course(quiz: Quiz | None, known: Known) -> v.CourseCard | None:
    if quiz is None or quiz.on_fail is None:
        return None
    found = next((course.id for course in known.courses.values() if course.code == quiz.on_fail), None)
    return None if found is None else course_card(found, known)


def way_of(attempt_id: str, known: Known, overlay: Overlay) -> OnItsWay | None:
    laid = known.laid_attempts.get(attempt_id)
    return None if laid is None else overlay.on_its_way(laid.entry, "submit")


# the daily three


def daily(known: Known, pictures: Pictures | None = None) -> v.DailyPage:
    pictures = pictures or Pictures(frozenset(), {})
    reader = known.reader
    begins_ms = reader.when.midnight_ms(reader.when.local(reader.now_ms).date().isoformat())
    left, answered = of_today(candidates(known), known.reviews, day_begins_ms=begins_ms)
    found = []
    for one in left:
        course = known.courses[one.course_id]
        asked = plain(asked_daily(course)[one.question])
        is_new = not known.reviews.get(one.name)
        found.append(v.DailyQuestion(course.id, title_of(course), question_card(asked, pictures), is_new))
    return v.DailyPage(tuple(found), min(answered, A_DAY_MOST), A_DAY_MOST)


def candidates(known: Known) -> list[Candidate]:
    """Questions of courses begun or finished, whose key is here."""
    named = {row.course_id for row in known.tasks} | {row.course_id for row in known.recommended} | known.of_stores
    found = []
    for course in sorted(known.courses.values(), key=lambda one: one.code):
        stands = standing_of(course.id, known)
        if stands.begun or stands.percent or stands.settled_ms is not None:
            weak = bool(stands.attempts) and not stands.passed
            is_named = course.id in named or weak
            found += [Candidate(course.id, key, is_named) for key in asked_daily(course)]
    return found


# inside


def refs_of(courses: Iterable[CourseRow]) -> dict[str, MediaRef]:
    return {ref.sha256: ref for course in courses for ref in course.media}


def due_courses(known_tasks: Iterable[TaskRow]) -> set[str]:
    return {row.course_id for row in known_tasks if row.state in OPEN}


def _all(known: Known) -> list[str]:
    tasks = [row.course_id for row in known.tasks if row.state in OPEN]
    return list(dict.fromkeys([*known.courses, *known.progress, *tasks]))


def _task(course_id: str, known: Known) -> TaskRow | None:
    """The one that is due first among those still open."""
    found = [row for row in known.tasks if row.course_id == course_id and row.state in OPEN]
    return min(found, key=lambda row: (row.due_on or "9999", row.id), default=None)


def _title(course_id: str, known: Known) -> Both:
    course = known.courses.get(course_id)
    if course is not None:
        return title_of(course)
    rows = [known.progress.get(course_id), *(row for row in known.tasks if row.course_id == course_id)]
    return next((both(row.title_zh, row.title_en) for row in rows if row is not None), Both("", ""))


def _by_due(card: v.CourseCard) -> tuple[bool, str, str]:
    return not card.late, card.due_on or "9999", card.title.zh


def _by_title(card: v.CourseCard) -> tuple[str, str]:
    return card.title.zh, card.course_id


def _found(cards: Mapping[str, v.CourseCard], known: Known, sought: str) -> list[v.CourseCard]:
    """Titles first, by their words in either language or their initials in pinyin; then what stands in topics, codes and cards.
    Every word must be somewhere."""
    words = sought.casefold().split()
    ranked = []
    for card in cards.values():
        course = known.courses.get(card.course_id)
        if course is None:
            continue
        title = f"{card.title.zh} {card.title.en} {course.initials}".casefold()
        everything = f"{title} {_text_of(course)}"
        if all(word in everything for word in words):
            ranked.append((not all(word in title for word in words), card.title.zh, card))
    return [card for *_, card in sorted(ranked, key=lambda one: one[:2])][:FOUND_MOST]


def _text_of(course: CourseRow) -> str:
    body = course.body
    parts = [course.code, body.topic, body.about_zh, body.about_en]
    for card in body.cards:
        parts += [card.title_zh, card.title_en, card.zh, card.en, *(f"{item.zh} {item.en}" for item in card.items)]
        if card.question is not None:
            parts += [card.question.zh, card.question.en]
    return " ".join(parts).casefold()
