### Time, in words of their own and in the middle of sentences.

words-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
words-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
words-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

words-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
words-time = { $day }, { $clock } UTC

# $city is a town, $country its country.
words-place = { $city }, { $country }
