### サインアウト。

logout-question = サインアウトしますか?
logout-who = { $user } としてサインインしています。
logout-asked-by = 「{ $name }」と名乗るアプリが、サインアウトを求めています。
logout-apps-stay = 継続的なアクセスを持つアプリは、そのまま利用を続けます。サインインしたままにする場合は、このページを閉じてください。
logout-submit = サインアウト

logout-done = サインアウトしました
logout-nobody = ここでは誰もサインインしていません
logout-close = このページは閉じてかまいません。
logout-shared = 共用のコンピューターでは、このブラウザーのウィンドウもすべて閉じてください。
logout-back = { $host } に戻る
