"""A question on the stage: its answer is nowhere before the next press, and Back leads to it unanswered again."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.pages.recall.hall import StagedQuestion, staged
from app.pages.recall.question import recall_from_query
from tests.browser.reading import Element, read

# Of each question what only its answer shows: worked out by hand, or counted from the shapes of the first network.
ANSWERS = {
    "q=W.2.1": "−0.10·1.00",  # v₂ x₁
    "q=W": "−0.05",
    "q=shape.W": "3×2, like",
    "b=0,-0.1,-0.6&q=zeros.z": "The unit is inactive",
    "q=jacobian.z.W": "3×6: a row for each of the 3 entries of z",
    "q=price.z.W": "6 multiply-adds in closed form, and 18 with the Jacobian.",
    "q=sparse.h.z": "3 times 3 is 9 entries. 3 of them can be other than 0.",
    "q=bracket.x": "15 multiply-adds from the left, 24 from the right.",  # 1·3·3 + 1·3·2 and 3·3·2 + 1·3·2
    "q=saved": "x, W, z, h and y*.",
    "q=why-vjp": "then J is thrown away",
    "q=by-indices": "one output",
    "q=prediction-target": "−log density",
}


def opened(client: TestClient, address: str) -> tuple[str, Element]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text, read(answer.text)


def of(query: str) -> StagedQuestion:
    page = staged(recall_from_query(query)).page
    assert isinstance(page, StagedQuestion)
    return page


@pytest.mark.parametrize(("query", "told"), ANSWERS.items())
def test_the_answer_is_nowhere_until_the_next_press_and_back_hides_it_again(
    client: TestClient, query: str, told: str
) -> None:
    asked, page = opened(client, f"/recall?{query}&stage=1")
    assert told not in page.by_id("picture").text
    assert told not in asked
    after, revealed = opened(client, page.by_id("next")["href"])
    assert told in revealed.by_id("picture").text.replace("\u2060", "")
    assert revealed.by_id("caption").text.strip() == page.all("h1")[0].text
    assert opened(client, revealed.by_id("back")["href"])[0] == asked
    assert after != asked


def test_a_place_has_its_number_and_nothing_lies_behind_the_ends(client: TestClient) -> None:
    _, page = opened(client, "/recall?q=W.2.1&stage=1")
    assert [page.by_id(f"stop-{at}").attributes.get("data-number") for at in (0, 1)] == ["1", "2"]
    assert "href" not in page.by_id("back").attributes
    _, revealed = opened(client, page.by_id("stop-1")["href"])
    assert "href" not in revealed.by_id("next").attributes


def test_what_somebody_typed_tells_nothing_in_a_hall(client: TestClient) -> None:
    asked, _ = opened(client, "/recall?q=W.2.1&stage=1")
    _, page = opened(client, "/recall?q=W.2.1&answer=-0.1&stage=1")
    assert "−0.10·1.00" not in page.by_id("picture").text
    assert page.by_id("picture").text == read(asked).by_id("picture").text
    assert "answer=" not in page.by_id("next")["href"]


def test_what_the_op_in_question_holds_is_shown_before_all_else() -> None:
    page = of("network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse&q=W1.2.1&stage=1")
    names = [row.left.text for row in page.given]
    assert len(names) == 8
    assert page.left_out == 7
    assert names[:4] == ["x", "W⁽¹⁾", "b⁽¹⁾", "z⁽¹⁾"]


def test_numbers_for_which_there_is_no_room_are_told_by_their_shape() -> None:
    rows = {row.left.text: row for row in of("network=5-5.sigmoid-5.sigmoid-5.sigmoid_mse&q=W1.2.1&stage=1").given}
    assert (rows["W⁽¹⁾"].numbers, rows["W⁽¹⁾"].shape) == ("", "5×5")
    assert rows["x"].numbers.startswith("(")
    assert {row.numbers for row in of("q=price.z.W&stage=1").given} == {""}


def test_an_entry_whose_sum_is_too_long_is_told_without_it() -> None:
    short, long = "q=x.1&reveal=1&stage=1", "network=5-5.relu-5_mse&x=0.123456,1,1,1,1&q=x.1&reveal=1&stage=1"
    assert of(short).arithmetic is not None
    page = of(long)
    assert page.arithmetic is None
    assert page.recall.answered is not None
    assert page.recall.answered.result


def test_as_many_values_are_given_as_the_lines_of_the_question_leave_room_for() -> None:
    for query, rows, left_out in (
        ("q=saved&stage=1", 7, 0),
        ("network=two-layer&q=saved&stage=1", 7, 3),
        ("network=two-layer&q=bracket.W&stage=1", 6, 4),
    ):
        page = of(query)
        assert (len(page.given), page.left_out) == (rows, left_out)
