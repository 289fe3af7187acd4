"""Graphs, photographs, series and the small tables: what is known about them from their sources."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.data.bundled.series import carbon_dioxide, sunspots
from core.data.dataset import open_dataset
from core.data.registry import sources
from core.model.fault import ProjectError
from core.model.settings import Data, Split

KARATE = sources["karate-club"]


def test_the_karate_club_is_zacharys() -> None:
    arrays = KARATE.load({"weighted": True})
    adjacency = arrays["adjacency"][0]
    assert (adjacency == adjacency.T).all()
    assert (adjacency > 0).sum() == 2 * 78
    assert adjacency.sum() == 2 * 231, "the weights of the published matrix"
    assert np.diag(adjacency).sum() == 0
    assert np.bincount(arrays["club"][0]).tolist() == [17, 17]
    plain = KARATE.load({})["adjacency"][0]
    assert np.array_equal(plain, adjacency > 0)
    assert np.array_equal(arrays["x"][0], np.eye(34))
    assert KARATE.load({"features": "degree"})["x"][0, :, 0].argmax() == 33, "the officer knows most"


@pytest.mark.parametrize("labelled", [1, 2, 5, 16])
def test_the_known_train_and_all_others_validate(labelled: int) -> None:
    data = Data("karate-club", {"labelled": labelled, "seed": 3})
    dataset = open_dataset(data)
    train, validation = (dataset.column(part, "y") for part in ("train", "validation"))
    clubs = dataset.column("train", "club")[0]
    assert train.shape == validation.shape == (1, 34)
    known, rest = train[0] >= 0, validation[0] >= 0
    assert (known ^ rest).all(), "everybody is asked once"
    assert np.bincount(clubs[known]).tolist() == [labelled, labelled]
    assert known[0]
    assert known[33], "the leaders are the first"
    assert (np.where(known, train[0], validation[0]) == clubs).all()


def test_nobody_is_asked_in_a_part_that_is_not_wanted() -> None:
    parts = open_dataset(Data("karate-club", split=Split(0.0, 0.2))).parts
    assert {name: part.tolist() for name, part in parts.items()} == {"train": [0], "validation": [], "test": [1]}
    assert not len(open_dataset(Data("karate-club", split=Split(0, 0))).parts["test"])


def test_les_miserables_is_networkx_own() -> None:
    arrays = sources["les-miserables"].load({})
    graph = networkx.les_miserables_graph()
    assert arrays["adjacency"].shape == (1, 77, 77)
    assert (arrays["adjacency"] > 0).sum() == 2 * graph.number_of_edges() == 2 * 254
    names = sorted(graph.nodes)
    assert arrays["adjacency"][0, names.index("Valjean"), names.index("Cosette")] == 31


@pytest.mark.parametrize("size", [16, 128, 427])
def test_photographs_are_colour_in_range_and_change_places(size: int) -> None:
    arrays = sources["photographs"].load({"size": size})
    assert arrays["content"].shape == arrays["style"].shape == (1, 3, size, size)
    for array in arrays.values():
        assert array.min() >= 0
        assert array.max() <= 1
        assert array.std() > 0.1
    other = sources["photographs"].load({"size": size, "content": "flower"})
    assert np.array_equal(other["content"], arrays["style"])
    # The flower is redder than the sky above the temple.
    red = [arrays[name][0, 0].mean() - arrays[name][0, 2].mean() for name in ("content", "style")]
    assert red[1] > red[0]


def test_sunspots_have_a_cycle_of_eleven_years() -> None:
    times, values = sunspots("year")
    assert (times[0], times[-1], len(values)) == ("1700", "2008", 309)
    assert values.max() == 190.2
    assert times[values.argmax()] == "1957"
    power = np.abs(np.fft.rfft(values - values.mean()))
    assert 10 < len(values) / power.argmax() < 12
    months, monthly = sunspots("month")
    assert (months[0], months[-1], len(monthly)) == ("1749-01", "2008-12", 3_120)
    yearly = monthly.reshape(-1, 12).mean(1)
    assert np.abs(yearly - values[49:]).mean() < 1, "the means of the months are those of the years"


def test_carbon_dioxide_rises_and_is_highest_in_spring() -> None:
    months, values = carbon_dioxide("month")
    assert (months[0], months[-1], len(values)) == ("1958-03", "2001-12", 526)
    slope = np.polyfit(np.arange(len(values)) / 12, values, 1)[0]
    assert 1.2 < slope < 1.5, "parts per million a year"
    arrays = sources["co2"].load({"values": "changes"})
    rises = np.array([arrays["y"][arrays["month"] == month].mean() for month in range(12)])
    assert rises[[10, 11, 0, 1, 2, 3]].min() > 0 > rises[[6, 7]].max()
    weekly = carbon_dioxide("week")[1]
    assert len(weekly) == 2_284
    assert np.isfinite(weekly).all()
    assert 310 < weekly.min() < weekly.max() < 376


@pytest.mark.parametrize("name", ["sunspots", "co2"])
@pytest.mark.parametrize(("length", "horizon", "stride"), [(24, 1, 1), (12, 6, 5), (5, 3, 40)])
def test_windows_go_on_where_they_end(name: str, length: int, horizon: int, stride: int) -> None:
    params = {"length": length, "horizon": horizon, "stride": stride}
    arrays = sources[name].load(params)
    x, y, following = arrays["x"], arrays["y"], arrays["next"]
    values = (sunspots("year") if name == "sunspots" else carbon_dioxide("month"))[1].astype(np.float32)
    assert len(x) == (len(values) - length - horizon) // stride + 1
    for index in (0, len(x) // 2, len(x) - 1):
        begin = index * stride
        assert (x[index, :, 0] == values[begin : begin + length]).all()
        assert (y[index] == values[begin + length : begin + length + horizon]).all()
    assert (following[:, :-1] == x[:, 1:]).all()
    assert (following[:, -1, 0] == y[:, 0]).all()
    assert ((y.mean(1) > x[:, -1, 0]) == arrays["rises"]).all()
    assert (np.diff(arrays["time"][:, 0]) > 0).all()


def test_half_of_the_windows_run_backwards_and_only_shape_tells_which() -> None:
    dataset = open_dataset(Data("sunspots", {"every": "month", "length": 96, "stride": 3}, Split(0.0, 0.3)))
    parts = {}
    for part in ("train", "test"):
        x, turned, arrow = (dataset.column(part, name) for name in ("x", "turned", "arrow"))
        assert np.array_equal(turned, np.where(arrow[:, None, None] == 1, x[:, ::-1], x))
        assert abs(arrow.mean() - 0.5) < 0.1
        parts[part] = turned[:, :, 0], arrow
    linear = LogisticRegression(C=0.01, max_iter=3_000).fit(*parts["train"])
    assert linear.score(*parts["test"]) < 0.65, "a weighted sum does not know where in the cycle a window begins"
    # The cycle rises faster than it falls: over a year it rises by more at most than it falls by at most.
    for windows, arrow in parts.values():
        years = np.stack([np.convolve(row, np.ones(12) / 12, "valid") for row in windows])
        changes = years[:, 12:] - years[:, :-12]
        forwards = changes.max(1) > -changes.min(1)
        assert (forwards != arrow).mean() > 0.65


def test_no_value_of_a_series_is_in_two_parts() -> None:
    for stride in (1, 3, 30):
        dataset = open_dataset(Data("co2", {"length": 24, "horizon": 3, "stride": stride}, Split(0.2, 0.2)))
        seen = [
            {at for window in part for at in range(window * stride, window * stride + 27)}
            for part in dataset.parts.values()
        ]
        assert all(seen)
        assert not seen[0] & seen[1]
        assert not seen[1] & seen[2]
        assert max(seen[0]) < min(seen[1]) < max(seen[1]) < min(seen[2]), "what is tested is the latest"


def test_a_window_longer_than_the_series_is_refused() -> None:
    with pytest.raises(ProjectError, match="309 values hold no window of 400") as refused:
        sources["sunspots"].load({"length": 400})
    assert refused.value.place == "data.params.length"


def test_the_month_is_that_of_the_first_value_that_is_asked() -> None:
    arrays = sources["co2"].load({"length": 2})
    assert arrays["month"][0] == 4, "March and April are seen, May is asked"
    assert arrays["time"][0, 0] == pytest.approx(1958 + 4 / 12, abs=1e-3)


def test_the_four_houses_have_the_lectures_normal_equations() -> None:
    arrays = sources["houses"].load({})
    assert arrays["x"].tolist() == [[2104, 5, 46], [1416, 3, 40], [1534, 3, 30], [852, 2, 36]]
    assert arrays["y"].ravel().tolist() == [460, 232, 315, 178]


def test_digits_can_be_fewer_and_of_one_half() -> None:
    arrays = sources["digits"].load({"classes": "5–9", "per_class": 10})
    assert np.bincount(arrays["y"]).tolist() == [10] * 5
    whole = sources["digits"].load({})
    five = whole["x"][whole["y"] == 5][:10]
    assert np.array_equal(arrays["x"][arrays["y"] == 0], five)
    assert sources["digits"].fields({"classes": "5–9"})["y"].labels == tuple("56789")
    assert np.bincount(sources["digits"].load({"per_class": 183})["y"]).sum() == 1_797
