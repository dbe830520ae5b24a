### Why a password is not taken.

accounts-short = This password is too short. Take at least { $fewest } characters.
accounts-long = This password is too long. Take at most { $most } characters.
accounts-common = This password is among the first that are guessed. Take another one.
accounts-name = This password is little more than your own name. Take another one.
accounts-keys = Keys that lie side by side are easy to guess. Add a few words that do not belong together.
accounts-repeats = The same again and again is easy to guess. Add a few words that do not belong together.
accounts-sequence = Letters or digits in order are easy to guess. Add a few words that do not belong together.
accounts-date = Dates and years are easy to guess. Add a few words that do not belong together.
accounts-names = Names are easy to guess. Add a few words that do not belong together.
accounts-words = This password is easy to guess. Add a few words that do not belong together.
accounts-stolen = This password was among stolen ones, so it is tried everywhere. Take one that you use nowhere else.
accounts-new-password = New password
accounts-new-password-rule = At least { $fewest } characters. A few words in a row are easy to type and hard to guess.
accounts-new-password-again = The same once more
