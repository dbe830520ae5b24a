### サーバーのアドレスのページ。

home-title = サインイン
home-heading = アプリのためにサインインする場所です
home-nothing-to-do = 許可が必要なアプリは、このサイトを自動的に開きます。許可した内容とサインインしている場所は、アカウントで確認できます。
home-account = アカウント
home-sign-out = サインアウト
home-developers = 開発者の方へ:
home-metadata = 認可サーバーのメタデータ
