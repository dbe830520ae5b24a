### Signing in with other providers. $provider is what the operator calls one.

## It did not work.

upstream-away = { $provider } is not available right now
upstream-away-happened = { $provider } did not answer, or not as it should. Nothing is lost.
upstream-away-advice = Try again in a moment, or sign in another way.
upstream-declined = You did not sign in with { $provider }
upstream-declined-happened = { $provider } sent you back without an answer. Nothing was shared.
upstream-declined-advice = Try { $provider } again, or sign in another way.
upstream-failed = Signing in with { $provider } did not work
upstream-refused-happened = { $provider } refused. Whoever runs this server can see why.
upstream-unbelievable-happened = What { $provider } sent is not what this server has to see before it believes who you are. Whoever runs this server can see why.
upstream-failed-advice = Try once more. If you come back to this page, give the request number to whoever runs this server.
upstream-not-fresh = Signing in with { $provider } has to be fresh
upstream-not-fresh-happened = You have to show who you are once more, and { $provider } did not say that you did so just now.
upstream-not-fresh-advice = Sign out at { $provider } and try again, or sign in another way.
upstream-timeless-happened = You have to show who you are once more, and { $provider } does not tell us when somebody signed in there.
upstream-timeless-advice = Sign in another way: with a password or a passkey of this server. If you have neither, whoever runs this server can help.
upstream-not-allowed = This account may not sign in here
upstream-not-allowed-happened = { $provider } says who you are, but whoever runs this server does not let that account in.
upstream-not-allowed-advice = If you have another account at { $provider }, sign in there with that one first.
upstream-no-account = There is no account for you here yet
upstream-no-account-happened = { $provider } says who you are, but no account here is connected with that, and new ones are not made by themselves.
upstream-no-account-advice = If you have an account here, sign in another way and connect { $provider } in your account. Otherwise ask whoever runs this server for one.
upstream-link-first = You have an account here already
upstream-link-first-happened = An account here has the e-mail address that { $provider } says is yours. An address alone does not open it.
upstream-link-first-advice = Sign in another way, then connect { $provider } in your account.
upstream-taken = This belongs to another account
upstream-taken-happened = What you showed at { $provider } opens another account here. Nothing was changed.
upstream-taken-advice = Use another account at { $provider }, or disconnect it from the other account first.
upstream-too-many = Too many attempts
upstream-too-many-happened = There were too many attempts from your network.
upstream-too-many-advice = Try again in about { $span }.
upstream-back = Back to signing in
upstream-back-to-account = Back to your account

## What is connected with an account.

upstream-identities = Signing in with others
upstream-identities-whose = Whoever can sign in there can sign in here as { $user }.
upstream-none = Nothing is connected yet.
upstream-known-as = Known there as
upstream-connected = Connected
upstream-last-used = Last used
upstream-never = never
upstream-day = { $day }
upstream-disconnect = Disconnect
upstream-disconnected = It is disconnected and does not sign you in any more.
upstream-stays = It stays connected: it is the only way into your account. Set a password, add a passkey or connect another one first.
upstream-only-way = This is the only way into your account. Set a password, add a passkey or connect another one to disconnect it.
upstream-connect = Connect
upstream-connect-how = You sign in there once to show that it is yours.
upstream-connect-one = Connect { $provider }
