### 時間の表現。文の中でも使われます。

words-days = { $count }日
words-hours = { $count }時間
words-minutes = { $count }分

words-day = { $year }年{ $month }月{ $day }日
words-time = { $day } { $clock } UTC

words-place = { $country }、{ $city }
