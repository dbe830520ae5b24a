### Zeit, in eigenen Worten und mitten im Satz.

words-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
words-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
words-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}

words-day = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }
words-time = { $day }, { $clock } UTC

words-place = { $city }, { $country }
