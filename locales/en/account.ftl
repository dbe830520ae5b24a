### The account centre. $app is an app by its name or address, $resource what it uses, $time a point in time.

account-nav = Your account
account-who = Signed in as { $user }.
account-sign-out = Sign out
account-profile = Profile
account-security = Sign-in
account-apps = Apps
account-sessions = Browsers
account-history = History
account-data = Your data
account-at = { $time }
account-more = More
account-earlier = Earlier
account-back = Go back

## What was done a moment ago.

account-done-saved = Saved.
account-done-password-set = Your password is set. Everywhere else you are signed out, and no app has access any more.
account-done-signed-out = Signed out. Nobody is signed in there any more.
account-done-ended = Access ended.
account-done-removed = Removed. The app has no access any more.
account-done-limited = The end is set.
account-done-nothing = Nothing was changed: this page had been open for long, or something else changed first. Please look again.

## Profile.

account-profile-title = Your account
account-username = User name
account-email = E-mail
account-email-verified = Confirmed
account-email-unverified = Not confirmed
account-email-none = None
account-email-change = Change
account-email-add = Add one
account-password = Password
account-fixed = Whoever runs this server can change your user name and e-mail address.
account-fixed-name = Whoever runs this server can change your user name.
account-profile-form = Name and language
account-profile-refused = This cannot be saved. A name is one line of at most 200 bytes; languages are those in the list.
account-name = Your name
account-name-about = Apps that you let see your name are told this one.
account-language = Language of these pages
account-language-browser = As my browser asks for
account-save = Save

## Password.

account-password-change = Change the password
account-password-first = Set a password
account-password-none-about = You have no password here so far. With one you can sign in without a passkey and without another provider.
account-password-about = This browser stays signed in. Everywhere else you are signed out, and every app loses its access.
account-password-set = Set the password
account-password-differ = The two passwords are not the same. Type the one you want twice.

## Browsers.

account-sessions-title = Where you are signed in
account-sessions-about = Browser and system are what the browser said of itself.
account-device = { $browser } on { $system }
account-device-browser = { $browser }
account-device-system = A browser on { $system }
account-device-unknown = Unknown browser
account-this-one = This one
account-address = Address
account-place = Probably in
account-signed-in = Signed in
account-seen = Last used
account-end-session = Sign out
account-end-others = Sign out everywhere else
account-sessions-apps = Apps with lasting access go on when a browser is signed out.

## Apps.

account-apps-title = Connected apps and agents
account-apps-none = No app has access in your name, and none may come back without asking you.
account-apps-about = They act in your name until you end it. When one last got a token is known here; what it did with it is not.
account-risky = Risky
account-program = A program on a computer
account-claimed = It calls itself “{ $name }”.
account-blocked = This app is blocked here at present.
account-allowed = Allowed
account-used = Last token
account-used-from = { $time }, from { $address }
account-until = Ends
account-ends = { $time }
account-ends-unless-used = { $time }, unless it is used before
account-ends-as-set = { $time }, as you set it
account-limit = When it ends
account-set = Set
account-end-grant = End this access
account-not-connected = Not connected at the moment. It may come back without asking you for:
account-remembered = It may come back without asking you, as long as it asks for nothing more.
account-remembered-until = It may come back without asking you until { $time }.
account-remembered-policy = The administrators of this server allow this for everybody.
account-remove = Remove this app
account-remove-about = Ends all of its access. It has to ask you the next time.
account-remove-comes-back = Ends all of its access. The administrators of this server let it come back without asking you.

## History. $who did it.

account-history-title = What you allowed
account-history-none = You have allowed nothing so far.
account-happened-allowed = You allowed { $app } to use { $resource }.
account-happened-allowed-somewhere = You allowed { $app } to use something that is not here any more.
account-happened-policy = The administrators of this server allow { $app } to use { $resource }, for everybody.
account-happened-limited = You set when the access of { $app } ends.
account-happened-expired = What you allowed { $app } for a time is over.
account-happened-grant-ended = { $who ->
    [you] You ended an access of { $app }.
    [administrator] An administrator ended an access of { $app }.
    [app] { $app } gave an access back.
   *[server] This server ended an access of { $app }.
}
account-happened-withdrawn = { $who ->
    [you] You removed { $app }.
    [administrator] An administrator took back what { $app } was allowed.
    [app] { $app } gave back what it was allowed.
   *[server] This server took back what { $app } was allowed.
}
account-happened-stolen = Somebody tried to use an access of { $app } that had been used before. This server ended it.
account-happened-everything = { $who ->
    [you] You ended all access to your account.
   *[administrator] An administrator ended all access to your account.
}
account-happened-until = Until { $time }.

## Data, and going.

account-data-title = Your data
account-export-title = A copy
account-export-about = What this server keeps of you, as a file that programs can read: your account, the browsers you are signed in with, the apps you let in, and what you allowed.
account-export = Download
account-stop-title = End all access
account-stop-short = If something is wrong: signs you out everywhere and ends the access of all apps at once.
account-stop-link = End all access…
account-stop-question = End all access to your account?
account-stop-sessions = You are signed out in every browser, this one included.
account-stop-apps = Every app and agent loses its access.
account-stop-answers = Every app has to ask you again.
account-stop-limits = Your password stays as it is. A server that does not ask this one may believe a token until it expires, usually for some minutes. If somebody else may know your password, ask whoever runs this server for a new one.
account-stop = End all access
account-stopped = All access has ended
account-stopped-about = Nobody is signed in to your account, and no app has access.
account-sign-in = Sign in
account-leave-title = Delete your account
account-leave-short = For good, with everything that is personal about it.
account-leave-link = Delete my account…
account-leave-question = Delete your account?
account-leave-about = Your password, your sign-ins, what you allowed and the access of all apps are deleted with it. Nobody can bring them back.
account-leave-stays = The log of what happened on this server stays. It names you by a number that then leads nowhere. What apps and other servers keep of you is theirs.
account-leave-type = Type your user name
account-leave-name = It is { $name }.
account-leave = Delete my account for good
account-leave-other-name = That is not your user name. Nothing was deleted.
account-leave-last-owner = You are the only owner of this server. Make somebody else an owner first; nothing was deleted.
account-gone = Your account is deleted
account-gone-about = You can close this page.
