"""The hall's big screen: today's figures for everybody's eyes, and nobody by name."""

from app.core import db
from app.halls import service as halls
from evaluations.ratings import visits
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension
from evaluations.ratings.schemas import VisitIn
from tests.cases.builders import ID_NUMBER, NAME, PHONE, World
from tests.console.boards import Boards
from tests.console.pages import words


async def count_today(boards: Boards, levels: dict[int, int], due: int) -> None:
    """Ratings of one item today, as the score table has them."""
    place, item = boards.world.place, str(boards.watch.decisions.item.id)
    measures = levels | {DUE: due, DUE_RATED: sum(levels.values())}
    for dimension, key in {Dimension.HALL: str(place.hall_id), Dimension.ITEM: item}.items():
        for measure, n in measures.items():
            await db.execute(
                "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                place.hall_id,
                dimension,
                boards.world.act_as().today,
                key,
                measure,
                n,
            )


async def on_duty(world: World, by: str = "clerk", window: str = "01") -> None:
    """Somebody begins to serve at a window."""
    act = world.act_as(await world.place.actor(world.act_as(), by))
    await halls.start_duty(act, world.place.windows[window])


async def test_it_shows_today_and_the_month(boards: Boards) -> None:
    await count_today(boards, {5: 7, 4: 2, 1: 1}, due=20)
    page = words(await boards.page("manager", "/wall"))
    assert "今日满意度 90.0%" in page
    assert "本月 90.0% 10 条评价" in page
    assert "今日服务 20 件" in page
    assert "主动评价率 50%" in page
    assert "非常满意 7 满意 2 基本满意 0 不满意 0 非常不满意 1" in page


async def test_a_few_ratings_make_no_figure(boards: Boards) -> None:
    await count_today(boards, {5: 2}, due=3)
    page = words(await boards.page("manager", "/wall"))
    assert "今天已收到 2 条评价" in page
    assert "100.0%" not in page


async def test_a_window_says_whether_it_serves(boards: Boards) -> None:
    page = words(await boards.page("manager", "/wall/now"))
    assert page.count("暂未开放") == 2
    await on_duty(boards.world)
    page = words(await boards.page("manager", "/wall/now"))
    assert "开放 1 个" in page
    assert "01 综合窗口01 可以办理" in page
    clerk = boards.world.act_as(await boards.world.place.actor(boards.world.act_as(), "clerk"))
    open_one = await visits.start(clerk, VisitIn(about="咨询"))
    page = words(await boards.page("manager", "/wall/now"))
    assert "01 综合窗口01 正在服务" in page
    assert "正在服务 1 位" in page
    await visits.end(clerk, open_one.id)
    assert "正在服务 0 位" in words(await boards.page("manager", "/wall/now"))


async def test_what_needs_somebody_is_counted_and_not_named(boards: Boards) -> None:
    await boards.watch.overdue()
    page = words(await boards.page("manager", "/wall/now"))
    assert "已超期 1" in page, "the step is, though its answer is not due yet"
    assert "没有超期" not in page
    [case] = await db.fetch("SELECT number FROM cases")
    assert case["number"] not in page


async def test_a_step_that_is_done_is_overdue_no_more(boards: Boards) -> None:
    entry = await boards.watch.overdue()
    await boards.watch.step_is_done(entry)
    assert "没有超期" in words(await boards.page("manager", "/wall/now"))


async def test_nobody_stands_on_it_neither_served_nor_serving(boards: Boards) -> None:
    await on_duty(boards.world)
    await count_today(boards, {5: 7}, due=7)
    await boards.watch.overdue()
    for path in ("/wall", "/wall/now"):
        page = await boards.page("supervisor", path)
        [clerk] = await db.fetch("SELECT name, number FROM staff WHERE login = 'clerk'")
        for word in (NAME, PHONE, ID_NUMBER, clerk["name"]):
            assert word not in page


async def test_it_renews_itself_from_the_part(boards: Boards) -> None:
    page = await boards.page("manager", "/wall")
    hall = boards.world.place.hall_id
    assert f'data-refresh="/console/wall/now?hall_id={hall}" data-every="5"' in page
    part = await boards.page("manager", f"/wall/now?hall_id={hall}")
    assert "<html" not in part
    assert part.strip() in page


async def test_only_managers_and_supervisors_put_it_up(boards: Boards) -> None:
    hall = {"hall_id": str(boards.world.place.hall_id)}
    for path in ("/wall", "/wall/now"):
        for by in ("clerk", "reviewer", "admin", "far_manager"):
            assert (await boards.ask(by, path, **hall)).status_code == 403, (path, by)
        assert (await boards.ask("", path)).status_code == 303
