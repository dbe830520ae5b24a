### リンクを使ってパスワードを決める。

choose-password-title = パスワードの設定
choose-password-first = アカウントができました。サインインに使うパスワードを決めてください。
choose-password-forgotten = これまでのパスワードは新しいものに置き換わり、すべての場所からサインアウトされます。
choose-password-username = ユーザー名
choose-password-submit = パスワードを設定する
choose-password-unexpected = このページに心当たりがない場合は、閉じて、このサーバーの管理者に知らせてください。

## フォームがもう一度表示される理由。

choose-password-differ = 2つのパスワードが同じではありません。使いたいものを2回入力してください。

## 設定できた。

choose-password-done = パスワードを設定しました
choose-password-sign-in = 次にアプリから求められたら、{ $user } としてサインインしてください。このページは閉じてかまいません。
choose-password-link-used = お使いになったリンクは、もう使えません。
