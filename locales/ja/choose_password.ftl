### リンクを使ってパスワードを決める。

choose-password-title = パスワードの設定
choose-password-first = アカウントができました。サインインに使うパスワードを決めてください。
choose-password-forgotten = これまでのパスワードは新しいものに置き換わり、すべての場所からサインアウトされます。
choose-password-username = ユーザー名
choose-password-new = 新しいパスワード
choose-password-rule = { $fewest }文字以上。いくつかの単語を並べると、入力しやすく推測されにくくなります。
choose-password-again = もう一度同じものを
choose-password-submit = パスワードを設定する
choose-password-unexpected = このページに心当たりがない場合は、閉じて、このサーバーの管理者に知らせてください。

## フォームがもう一度表示される理由。

choose-password-differ = 2つのパスワードが同じではありません。使いたいものを2回入力してください。
choose-password-short = このパスワードは短すぎます。{ $fewest }文字以上にしてください。
choose-password-long = このパスワードは長すぎます。もっと短いものにしてください。
choose-password-common = このパスワードは、最初に推測されるものの一つです。別のものにしてください。
choose-password-name = このパスワードは、ほとんどあなたの名前そのものです。別のものにしてください。

## 設定できた。

choose-password-done = パスワードを設定しました
choose-password-sign-in = 次にアプリから求められたら、{ $user } としてサインインしてください。このページは閉じてかまいません。
choose-password-link-used = お使いになったリンクは、もう使えません。
