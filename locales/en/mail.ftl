### Mails. They are plain text. $server is the host of this server, $user the name of an account.

mail-subject = { $server }: { $subject }

## The ends of mails.

mail-works-once = It works once, until { $time }.
mail-unasked = If you did not ask for this, do nothing: then nothing changes.

## A forgotten password; the link follows the first sentence.

mail-reset-subject = A link to choose a new password
mail-reset = With this link you choose a new password for the account { $user } at { $server }:
mail-reset-ends = It works once, until { $time }. You are signed out everywhere then.

## An account that somebody made for the reader.

mail-invitation-subject = You have an account
mail-invitation = You have an account at { $server } now. Your user name is { $user }. Choose a password with this link:
mail-invitation-unexpected = If you did not expect this, do nothing, or ask whoever runs the server.

## Whether an address is the reader's.

mail-address-subject = Is this your e-mail address?
mail-address = The account { $user } at { $server } is to have this address. Confirm with this link that it is yours:

## To the address of before.

mail-address-changed-subject = Your account has another e-mail address
mail-address-changed = The account { $user } at { $server } does not have this address any more. It gets no more mails about it.
mail-address-changed-unexpected = If that was not you, tell whoever runs the server at once.

## An account that the reader makes.

mail-sign-up-subject = Your account
mail-sign-up = Somebody asked for an account at { $server } with this address. With this link you choose a password, and the account is yours:
mail-sign-up-unasked = If that was not you, do nothing: then there is no account.

## The reader has one already; the link to choose another password follows the second sentence.

mail-sign-up-known-subject = You have an account already
mail-sign-up-known = Somebody asked for an account at { $server } with this address. There is one already: sign in with it.
mail-sign-up-known-forgot = If you do not know its password any more, choose another one here:

## A code to sign in with; it follows the first sentence.

mail-code-subject = Your code to sign in
mail-code = With this code you sign in at { $server } as { $user }:
mail-code-ends = It works once, until { $time }, and only in the browser that asked for it.
mail-code-secret = Tell it to nobody. If you did not ask for it, do nothing: without it nobody gets in.

## What happened to an account.

mail-password-set-subject = Your password was changed
mail-password-set = The account { $user } at { $server } has another password.
mail-new-browser-subject = You signed in from a browser that is new
mail-new-browser = The account { $user } at { $server } was used from a browser that was not seen before.
mail-factor-added-subject = You can sign in in another way
mail-factor-added = The account { $user } at { $server } has one more way to show who you are.
mail-factor-removed-subject = A way to sign in was removed
mail-factor-removed = The account { $user } at { $server } has one way less to show who you are.
mail-factors-reset-subject = Your second factors were removed
mail-factors-reset = The account { $user } at { $server } has no second factors any more: an administrator removed them.
mail-recovery-codes-subject = You have new recovery codes
mail-recovery-codes = The account { $user } at { $server } has new recovery codes. Those of before do not work any more.
mail-token-reused-subject = An app lost its access
mail-token-reused = The access of an app to the account { $user } at { $server } was used twice, as if somebody had copied it. That access has ended. Connect the app again if you use it.
mail-when = That was at { $time }.
mail-when-where = That was at { $time }, from { $address }.
mail-when-where-near = That was at { $time }, from { $address } (probably { $place }).
mail-not-you = If that was you, there is nothing to do. If not, choose another password at once, and tell whoever runs the server.
