### Le temps, en toutes lettres et au milieu des phrases.

words-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
words-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
words-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

words-day = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }
words-time = { $day }, { $clock } UTC

words-place = { $city }, { $country }
