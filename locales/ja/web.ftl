### すべてのページに共通するもの。誰が求めているか、問題があるとき何を伝えるか。

## アプリについて分かっていること。

web-verified = 確認済み
web-registered = 登録済み
web-domain-checked = ドメイン確認済み
web-not-verified = 未確認

## ウェブ以外のとき、求めているもの、または答えの行き先。

web-computer = このコンピューターのプログラム
web-device = この端末のアプリ
web-other-device = 機器
web-browsers-show = ブラウザーでは { $host } と表示されることがあります
web-imitates = *このアドレスは、別のアドレスに似せたものかもしれません。* 異なる文字体系の文字や、よく似た文字が混ざっています。実際のつづりは { $host } です。

## 開発者向け。

web-developer = アプリの開発者の方へ
web-error = エラー
web-details = 詳細
web-request = リクエスト

## エラー。

web-what-to-do = できること
web-sign-out = サインアウト

web-unknown-client = このアプリはここでは知られていません
web-unknown-client-happened = このアプリは、このサーバーが受け付けない登録を使っています。アプリが保存した後に、登録が削除されたのかもしれません。
web-unknown-client-advice = アプリが保存したこのサーバーの情報を消去してから、接続し直してください。またこのページが表示される場合は、このサーバーの管理者にお問い合わせください。

web-bad-document = アプリの説明に問題があります
web-bad-document-happened = このアプリは、ウェブ上の文書で自らを説明しています。このサーバーはその文書を読めなかったか、そのままでは使えません。
web-bad-document-advice = しばらくしてから、もう一度お試しください。またこのページが表示される場合は、下の内容をこのサーバーの管理者かアプリの開発元に送ってください。

web-refused-domain = このアプリはここでは受け付けていません
web-refused-domain-happened = このサーバーの管理者は、そのウェブサイトのアプリを受け付けないことにしています。
web-refused-domain-advice = ここでこのアプリが必要な場合は、このサーバーの管理者に許可を求めてください。

web-awaits-approval = このアプリには、先に承認が必要です
web-awaits-approval-happened = このサーバーでは、新しいアプリはすべて、使われる前に管理者が確認します。あなたがこのアプリを求めたことは、管理者に伝わっています。
web-awaits-approval-advice = このサーバーの管理者に承認を求めてから、アプリから接続し直してください。

web-unknown-redirect = アプリに戻すことができません
web-unknown-redirect-happened = このアプリは、登録していないアドレスで答えを受け取ろうとしています。そこには何も送っていません。
web-unknown-redirect-advice = アプリに戻って、接続し直してください。またこのページが表示される場合は、アプリが保存したこのサーバーの情報を消去してください。

web-bad-request = アプリのリクエストに問題があります
web-bad-request-happened = このアプリは、このサーバーが理解できない、または許可していないことを求めました。
web-bad-request-advice = アプリに戻って、もう一度お試しください。またこのページが表示される場合は、下の内容をアプリの開発元に送ってください。

web-needs-person = アプリは先にあなたに尋ねる必要があります
web-needs-person-happened = このアプリは、あなたに何も見せずにアクセスを求めました。それには、先にサインインと同意が必要です。
web-needs-person-advice = アプリに戻って、そこから接続し直してください。

web-other-browser = このサインインは別の場所で始まりました
web-other-browser-happened = このページは、別のブラウザーかウィンドウでのサインインのものです。または、ブラウザーがこのサイトの Cookie を保存していません。
web-other-browser-advice = アプリから始め直し、このサイトの Cookie を許可した一つのブラウザーで続けてください。このリンクを誰かから受け取った場合は、使わないでください。

web-expired = このページはもう有効ではありません
web-expired-happened = 開いている時間が長すぎたか、すでに回答されています。新しく共有されたものはありません。
web-expired-advice = アプリに戻って、接続し直してください。

web-foreign-form = このフォームは、このサイトのページから来たものではありません
web-foreign-form-happened = 別のウェブサイトがあなたの名前でフォームを送ろうとしたか、ブラウザーがフォームの送信元を隠しています。何も行われていません。
web-foreign-form-advice = アプリから始め直してください。フォームを送った覚えがない場合は、このページを閉じてください。

web-bad-logout = このサインアウト用のリンクは使えません
web-bad-logout-happened = このアプリは、あなたをサインアウトさせてよいことを示せませんでした。サインアウトは行われていません。
web-bad-logout-advice = 代わりに、ここでサインアウトできます。

web-dead-link = このリンクはもう使えません
web-dead-link-happened = このようなリンクは、短い間に一度だけ使えます。すでに使われたか、新しいものに置き換わったか、古すぎるか、一部しかコピーされていません。
web-dead-link-advice = すでにこのリンクでパスワードを設定した場合は、それでサインインしてください。そうでなければ、このサーバーの管理者に新しいリンクを求めてください。

web-too-many = 試行が多すぎます
web-too-many-happened = お使いのネットワークからの試行が多すぎました。
web-too-many-advice = 約{ $span }後にもう一度お試しください。

web-too-large = ブラウザーから送られたデータが多すぎます
web-too-large-happened = 多くの場合、このサイトの古い Cookie がたまっていることが原因です。
web-too-large-advice = ブラウザーの設定でこのサイトの Cookie を消去してから、もう一度お試しください。

web-not-found = ここには何もありません
web-not-found-happened = アドレスの打ち間違いか、ページがなくなったのかもしれません。
web-not-found-advice = アプリからここに移動した場合は、アプリから接続し直してください。

web-wrong-method = このページは、この方法では使えません
web-wrong-method-happened = 別の種類のリクエストに答えるページです。

web-unavailable = 現在ご利用いただけません
web-unavailable-happened = このサーバーに必要なものが応答していません。失われたものはありません。
web-unavailable-advice = しばらく待ってから、このページを読み込み直してください。

web-internal = サーバー側で問題が起きました
web-internal-happened = リクエストを完了できませんでした。問題は記録されています。
web-internal-advice = もう一度お試しください。繰り返し起きる場合は、リクエスト番号をこのサーバーの管理者に伝えてください。

## よく知られたアプリで登録を消去する方法。

web-forget-claude-code = `/mcp` と入力してサーバーを選び、*Clear authentication*、続けて *Authenticate* を選んでください。表示されない場合は、サーバーを削除して、別の名前で追加してください。
web-forget-vs-code = コマンドパレットから *Authentication: Remove Dynamic Authentication Providers* を実行し、サーバーを起動し直してください。
web-forget-cursor = 設定の MCP でサーバーからログアウトし、接続し直してください。
web-forget-inspector = 認証の設定で *Clear OAuth State* を選ぶか、新しいタブで開いてください。
web-forget-mcp-remote = フォルダー `~/.mcp-auth` を削除して、起動し直してください。
web-other-apps = その他のアプリ
web-forget-others = アプリでこのサーバーを削除し、もう一度追加してください。

## ページの下。

web-help = ヘルプ
web-privacy = プライバシー
web-terms = 利用規約
web-imprint = 運営者情報

## アプリの提供者のページ。このサーバーのものではありません。

web-app-pages = アプリのページ
web-website = ウェブサイト
