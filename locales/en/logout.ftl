### Signing out.

logout-question = Sign out?
logout-who = You are signed in as { $user }.
logout-asked-by = An app that calls itself “{ $name }” asks to sign you out.
logout-apps-stay = Apps with lasting access keep it. To stay signed in, close this page.
logout-submit = Sign out

logout-done = You are signed out
logout-nobody = Nobody is signed in here
logout-close = You can close this page.
logout-shared = On a shared computer, close all windows of this browser too.
logout-back = Back to { $host }
