"""Windows at the seam: which training rows a later window sees."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from row_histories import (
    CLOCKS,
    FORMS,
    UNTIMED,
    WEEKDAYS,
    at_ticks,
    every_clock,
    panel,
    string_index,
    windows_after,
    windows_alone,
)
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from timed_rows import gaps_are_told, numbered

from sklearn_rnn import GRURegressor, LSTMRegressor, SlidingWindowTransformer

every_form = pytest.mark.parametrize("form", FORMS)
every_fold_size = pytest.mark.parametrize("size", [20, 50, 200])


def windowed(form, *steps, **parameters):
    """A pipeline of windows of 20 rows, for rows in one of the forms."""
    first = [StandardScaler()] if form == "scaled" else []
    return make_pipeline(*first, SlidingWindowTransformer(20, **parameters), *steps)


@every_form
@every_fold_size
def test_a_test_fold_sees_the_end_of_its_training_rows(size, form):
    X = FORMS[form](np.random.default_rng(0).normal(size=(700, 2)))
    for train, test in TimeSeriesSplit(3, test_size=size).split(X):
        pipe = windowed(form, padding="nan")
        take = X.iloc if hasattr(X, "iloc") else X
        pipe.fit(take[train])
        windows = pipe.transform(take[test])
        assert not np.isnan(windows).any()

        rows = pipe[:-1].transform(X) if form == "scaled" else X
        whole = SlidingWindowTransformer(20).fit_transform(rows)
        assert_array_equal(windows, whole[test])


@every_form
@every_fold_size
def test_a_target_linear_in_the_window_is_predicted_in_every_fold(size, form):
    noise = np.random.default_rng(0).normal(size=720)
    X, y = noise[20:, np.newaxis], noise[17:-3] - 0.5 * noise[10:-10] + noise[2:-18]
    pipe = windowed(form, Ridge(1e-3), flatten=True)
    cv = TimeSeriesSplit(3, test_size=size)
    assert cross_val_score(pipe, FORMS[form](X), y, cv=cv).mean() >= 0.95


@pytest.mark.parametrize(
    ("regressor", "size", "form"),
    [
        (LSTMRegressor, 20, "numpy"),
        (GRURegressor, 50, "dates"),
        (LSTMRegressor, 200, "scaled"),
    ],
)
def test_a_target_not_linear_in_the_window_is_predicted_in_every_fold(
    regressor, size, form
):
    wave = np.sin(np.arange(609) / 1.9)
    X, y = FORMS[form](wave[9:, np.newaxis]), np.abs(wave[9:] - wave[:-9])
    cv = TimeSeriesSplit(2, test_size=size)
    linear = windowed(form, Ridge(1e-3), flatten=True)
    assert cross_val_score(linear, X, y, cv=cv).mean() < 0.5
    pipe = windowed(form, regressor(hidden_size=16, random_state=0))
    assert cross_val_score(pipe, X, y, cv=cv).mean() >= 0.95


@gaps_are_told
@pytest.mark.parametrize("cv", [KFold(4), KFold(4, shuffle=True, random_state=0)])
@pytest.mark.parametrize("form", ["dates", "RangeIndex"])
def test_no_fold_anywhere_in_the_series_sees_a_later_row(form, cv):
    X = FORMS[form](np.arange(40.0)[:, np.newaxis])
    for train, test in cv.split(X):
        windows = windows_after(X.iloc[train], X.iloc[test], 6, padding="edge")
        assert (windows <= windows[:, -1:]).all()
        assert_array_equal(windows[:, -1], test)


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize(
    "index",
    [*CLOCKS.values(), string_index, pd.RangeIndex.from_range],
    ids=[*CLOCKS, "strings", "RangeIndex"],
)
@pytest.mark.parametrize("in_panel", [False, True])
def test_training_rows_come_out_of_transform_as_out_of_fit_transform(
    index, in_panel, flatten
):
    values = np.random.default_rng(0).normal(size=(20, 2))
    rows = pd.DataFrame(values, index=index(range(20)))
    rows = panel(rows, list("abbab" * 4)) if in_panel else rows
    transformer = SlidingWindowTransformer(5, padding="nan", flatten=flatten)
    windows = transformer.fit_transform(rows)
    assert_array_equal(transformer.transform(rows), windows)
    n_told_apart = 15 if in_panel else 5  # at least a window's rows of each series
    first = slice(0, n_told_apart)
    assert_array_equal(transformer.transform(rows.iloc[first]), windows[first])


untimed = pytest.mark.parametrize("form", UNTIMED.values(), ids=UNTIMED)


@untimed
def test_rows_without_times_follow_the_training_rows(form):
    rows = np.arange(1.0, 11.0)[:, np.newaxis]
    windows = windows_after(form(rows[:6]), form(rows[6:]))
    assert_array_equal(windows, windows_alone(rows)[6:])


@untimed
def test_rows_follow_the_training_rows_from_the_first_that_differs(form):
    train = np.arange(1.0, 11.0)[:, np.newaxis]
    windows = windows_after(form(train), form(np.array([[1.0], [2.0], [7.0], [8.0]])))
    begun_anew = windows_alone(train)[:2]
    following = [[1, 2, 7], [2, 7, 8]]
    assert_array_equal(windows, np.vstack([begun_anew, following]))


@untimed
def test_fewer_rows_than_a_window_follow_also_where_they_repeat_the_first(form):
    train = np.arange(1.0, 11.0)[:, np.newaxis]
    windows = windows_after(form(train), form(np.array([[1.0], [7.0]])), 4)
    assert_array_equal(windows, [[8, 9, 10, 1], [9, 10, 1, 7]])


def test_rows_that_repeat_the_first_window_are_the_series_anew():
    train = np.arange(1.0, 11.0)[:, np.newaxis]
    rows = np.vstack([train[:3] * (1 + 1e-7), [[70.0], [80.0]]])
    assert_array_equal(windows_after(train, rows), windows_alone(rows))


def test_what_a_scaler_rounds_to_almost_zero_does_not_tell_rows_apart():
    train = np.arange(-1.0, 9.0)[:, np.newaxis]
    rows = train + 1e-16 * (train == 0)
    assert_array_equal(windows_after(train, rows), windows_alone(rows))


def test_a_feature_of_large_numbers_does_not_make_all_rows_alike():
    minutes = 1.7e12 + 6e4 * np.arange(10)  # in Unix milliseconds
    rows = np.column_stack([np.linspace(-1, 1, 10), minutes])
    windows = windows_after(rows[:6], rows[6:])
    assert_array_equal(windows, windows_alone(rows)[6:])


def test_rows_that_are_only_near_to_the_first_ones_follow_the_training_rows():
    train = np.arange(1.0, 11.0)[:, np.newaxis]
    windows = windows_after(train, train * (1 + 1e-5))
    assert_array_equal(windows[0, :2], [9, 10])


@untimed
def test_carry_history_true_lets_repeated_rows_follow_too(form):
    train = np.arange(1.0, 7.0)[:, np.newaxis]
    windows = windows_after(form(train), form(train), carry_history=True)
    assert_array_equal(windows, windows_alone(np.vstack([train, train]))[6:])


@untimed
def test_carry_history_false_hides_the_training_rows(form):
    rows = np.arange(1.0, 11.0)[:, np.newaxis]
    windows = windows_after(form(rows[:6]), form(rows[6:]), carry_history=False)
    assert_array_equal(windows, windows_alone(rows[6:]))


def test_transform_leaves_the_history_as_it_was():
    rows = np.arange(1.0, 11.0)[:, np.newaxis]
    transformer = SlidingWindowTransformer(3).fit(rows[:6])
    first = transformer.transform(rows[6:])
    assert_array_equal(transformer.transform(rows[6:]), first)


# Rows with an index that tells time


@gaps_are_told
@every_clock
def test_a_step_of_three_medians_still_counts_and_a_longer_one_breaks(clock):
    ticks = [1, 2, 3, 4, 5, 8, 9, 13, 14]
    expected = [
        [-1, -1, 1], [-1, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5],
        [4, 5, 8], [5, 8, 9],
        [-1, -1, 13], [-1, 13, 14],
    ]  # fmt: skip
    assert_array_equal(windows_alone(at_ticks(clock, ticks)), expected)

    train = at_ticks(clock, range(1, 6))
    assert_array_equal(windows_after(train, at_ticks(clock, [8])), [[4, 5, 8]])
    assert_array_equal(windows_after(train, at_ticks(clock, [9])), [[-1, -1, 9]])
    both = at_ticks(clock, [6, 10])
    assert_array_equal(windows_after(train, both), [[4, 5, 6], [-1, -1, 10]])


@gaps_are_told
@every_clock
def test_a_break_near_the_end_of_the_training_rows_cuts_the_history(clock):
    train = at_ticks(clock, [1, 2, 3, 4, 5, 9, 10])
    windows = windows_after(train, at_ticks(clock, [11, 12]), 5)
    assert_array_equal(windows, [[-1, -1, 9, 10, 11], [-1, 9, 10, 11, 12]])


@every_clock
def test_shuffled_rows_get_the_windows_they_have_in_order(clock):
    order = np.random.default_rng(0).permutation(10)
    train, rows = at_ticks(clock, range(1, 7)), at_ticks(clock, range(7, 17))
    windows = windows_after(train, rows)
    assert_array_equal(windows[:, 0], np.arange(5, 15))
    assert_array_equal(windows_after(train, rows.iloc[order]), windows[order])


@every_clock
def test_an_earlier_block_gets_no_history(clock):
    train, rows = at_ticks(clock, range(20, 40)), at_ticks(clock, range(1, 20))
    assert_array_equal(windows_after(train, rows), windows_alone(rows))


@every_clock
def test_a_block_cut_from_inside_gets_no_later_row(clock):
    train, rows = at_ticks(clock, range(1, 21)), at_ticks(clock, range(8, 13))
    assert_array_equal(windows_after(train, rows), windows_alone(rows))


@every_clock
def test_a_block_that_reaches_into_the_training_rows_is_not_seen_twice(clock):
    whole = at_ticks(clock, range(1, 15))
    windows = windows_after(whole.iloc[:10], whole.iloc[9:])
    assert_array_equal(windows[1:], windows_alone(whole)[10:])
    # Tick 8 is no longer kept.
    assert_array_equal(windows[0], [-1, 9, 10])


@every_clock
def test_carry_history_true_reaches_over_any_gap_but_never_to_a_later_row(clock):
    train, rows = at_ticks(clock, range(10, 15)), at_ticks(clock, [3, 12, 20, 30])
    windows = windows_after(train, rows, carry_history=True)
    assert_array_equal(windows, [[-1, -1, 3], [-1, 3, 12], [13, 14, 20], [14, 20, 30]])


@every_clock
def test_carry_history_false_hides_the_training_rows_from_the_next(clock):
    whole = at_ticks(clock, range(1, 15))
    windows = windows_after(whole.iloc[:10], whole.iloc[10:], carry_history=False)
    assert_array_equal(windows, windows_alone(whole.iloc[10:]))


@every_clock
@pytest.mark.parametrize(
    ("ticks", "fault"),
    [
        ([1, 2, 2, 3], "repeats a time at row 2"),
        ([1, 3, 4, 2], "goes back in time at row 3"),
    ],
)
def test_fit_names_the_row_whose_time_does_not_increase(clock, ticks, fault):
    with pytest.raises(
        ValueError, match=f"The index of X {fault}; times must increase"
    ):
        SlidingWindowTransformer(2).fit(at_ticks(clock, ticks))


@every_clock
def test_transform_names_a_row_whose_time_was_given_before(clock):
    train, rows = at_ticks(clock, range(1, 6)), at_ticks(clock, [8, 6, 7, 6])
    with pytest.raises(ValueError, match="The index of X repeats a time at row 3"):
        windows_after(train, rows)


@pytest.mark.parametrize("form", ["numpy", "RangeIndex"])
def test_times_given_twice_are_an_error_also_where_fit_saw_no_times(form):
    train = FORMS[form](np.arange(6.0)[:, np.newaxis])
    rows = pd.DataFrame({0: [1.0, 2.0, 3.0]}, index=CLOCKS["dates"]([1, 2, 2]))
    with pytest.raises(ValueError, match="The index of X repeats a time at row 2"):
        windows_after(train, rows)


@pytest.mark.parametrize("clock", ["dates", "time zone", "periods", "floats"])
def test_a_row_without_a_time_is_named(clock):
    index = CLOCKS[clock]([1, 2, 3, 4]).where([True, True, False, True])
    with pytest.raises(ValueError, match="The index of X has no time at row 2"):
        SlidingWindowTransformer(2).fit(numbered(index))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dates", "time zone"),
        ("dates", "integers"),
        ("periods", "dates"),
        ("floats", "time differences"),
    ],
)
def test_times_that_cannot_be_compared_are_an_error(one, other):
    for kinds in ((one, other), (other, one)):
        train, rows = (at_ticks(CLOCKS[kind], range(1, 6)) for kind in kinds)
        with pytest.raises(ValueError, match="which cannot be compared with the"):
            windows_after(train, rows)


def test_periods_of_another_length_cannot_be_compared():
    months = numbered(pd.period_range("2024-01", periods=5, freq="M"))
    days = numbered(pd.period_range("2024-06-01", periods=5, freq="D"))
    with pytest.raises(ValueError, match="periods of D, which cannot be compared"):
        windows_after(months, days)


def test_one_instant_is_the_same_in_every_time_zone():
    rows = at_ticks(CLOCKS["time zone"], range(1, 11))
    abroad = rows.tz_convert("Asia/Tokyo")
    assert_array_equal(windows_after(rows[:6], abroad[6:]), windows_alone(rows)[6:])


def test_dates_of_another_resolution_are_the_same_dates():
    rows = at_ticks(CLOCKS["dates"], range(1, 11))
    coarse = rows.set_axis(rows.index.as_unit("s"))
    assert_array_equal(windows_after(rows[:6], coarse[6:]), windows_alone(rows)[6:])


def test_rows_that_lost_their_index_follow_the_training_rows_or_are_them():
    rows = at_ticks(CLOCKS["dates"], range(1, 11)).set_axis([0], axis=1)
    train, values = rows[:6], rows.to_numpy()
    assert_array_equal(windows_after(train, values[6:]), windows_alone(rows)[6:])
    assert_array_equal(windows_after(train, values), windows_alone(rows))


def test_times_seen_first_in_transform_put_its_rows_in_order():
    values = np.arange(1.0, 11.0)[:, np.newaxis]
    order = np.random.default_rng(0).permutation(4)
    rows = pd.DataFrame(values[6:], index=CLOCKS["dates"](range(4))).iloc[order]
    assert_array_equal(
        windows_after(values[:6], rows), windows_alone(values)[6:][order]
    )


def without(dates, *days):
    return dates.drop(pd.DatetimeIndex([f"2024-01-{day:02}" for day in days]))


every_zone = pytest.mark.parametrize("tz", [None, "America/New_York", "Asia/Tokyo"])


@every_zone
@pytest.mark.parametrize("holidays", [(), (17,), (19,), (22,), (16, 17)])
def test_weekends_and_holidays_do_not_break_a_calendar_of_weekdays(holidays, tz):
    rows = numbered(without(WEEKDAYS, *holidays).tz_localize(tz))
    assert_array_equal(windows_alone(rows, 5), windows_alone(rows.to_numpy(), 5))


@every_zone
@pytest.mark.parametrize("holidays", [(18, 19), (19, 22)], ids=["Thu-Fri", "Fri-Mon"])
def test_a_step_of_three_weekdays_counts_over_a_weekend_too(holidays, tz):
    rows = numbered(without(WEEKDAYS, *holidays).tz_localize(tz))
    assert_array_equal(windows_alone(rows, 5), windows_alone(rows.to_numpy(), 5))


@gaps_are_told
def test_three_weeks_break_a_calendar_of_weekdays():
    rows = numbered(WEEKDAYS.delete(range(20, 35)))
    windows = windows_alone(rows)
    assert_array_equal(windows[19], [18, 19, 20])
    assert_array_equal(windows[20], [-1, -1, 21])


def test_monday_follows_the_friday_that_fit_ended_with():
    rows = numbered(WEEKDAYS)
    assert rows.index[29].day_name() == "Friday"
    windows = windows_after(rows[:30], rows[30:])
    assert_array_equal(windows, windows_alone(rows)[30:])
    assert_array_equal(windows[0], [29, 30, 31])


@gaps_are_told
def test_a_calendar_with_weekends_breaks_at_four_days():
    days = pd.date_range("2024-01-01", periods=40)
    rows = numbered(days.delete([10, 11, 20, 21, 22]))
    windows = windows_alone(rows)
    assert_array_equal(windows[10], [9, 10, 11])  # after three days
    assert_array_equal(windows[18], [-1, -1, 19])  # after four


def test_each_series_of_weekdays_goes_on_over_weekends():
    one, other = numbered(WEEKDAYS[:30]), numbered(WEEKDAYS[5:40]) + 100
    rows = panel(pd.concat([one, other]), ["a"] * 30 + ["b"] * 35)
    expected = [windows_alone(part.to_numpy()) for part in (one, other)]
    assert_array_equal(windows_alone(rows), np.vstack(expected))
