### サーバーのアドレスのページ。

home-title = サインイン
home-heading = アプリのためにサインインする場所です
home-nothing-to-do = アプリがあなたの許可を必要とするとき、このサイトは自動的に開きます。それまで、ここですることはありません。
home-sign-out = サインアウト
home-developers = 開発者の方へ:
home-metadata = 認可サーバーのメタデータ
