### 最後の一歩、アプリへ戻る。

ceremony-allowed = アクセスを許可しました
ceremony-refused = 新しい許可はありません

## 答えの行き先。ウェブの $host、コンピューターのプログラム、端末のアプリ。

ceremony-goes-back = { $to ->
    [computer] 結果は*このコンピューターのプログラム*に戻ります。
    [app] 結果は*この端末のアプリ*に戻ります。
   *[web] 結果は { $host } に戻ります。
}
ceremony-use-button = 自動的に移動しない場合は、ボタンを押してください。
ceremony-go-back = 戻る
ceremony-continue = { $to ->
    [computer] このコンピューターのプログラムに進む
    [app] この端末のアプリに進む
   *[web] { $host } に進む
}

## リンクで開くアプリ。

ceremony-open-allowed = あと一歩です。アプリが結果を受け取れるように、アプリを開いてください。{ $scheme } で始まるリンクを開く前に、ブラウザーが確認することがあります。
ceremony-open-allowed-claimed = あと一歩です。結果を受け取れるように、「{ $name }」と名乗るアプリを開いてください。{ $scheme } で始まるリンクを開く前に、ブラウザーが確認することがあります。
ceremony-open-refused = このページは閉じてかまいません。アプリはまだ待っています。知らせるには、アプリを開いてください。{ $scheme } で始まるリンクを開く前に、ブラウザーが確認することがあります。
ceremony-open-refused-claimed = このページは閉じてかまいません。「{ $name }」と名乗るアプリはまだ待っています。知らせるには、アプリを開いてください。{ $scheme } で始まるリンクを開く前に、ブラウザーが確認することがあります。
ceremony-open = アプリを開く
ceremony-not-installed = その後、このページは閉じてかまいません。何も開かない場合、この端末にはアプリがありません。アプリのある端末から接続し直してください。

## エラーが知らない相手に通じる前に。

ceremony-elsewhere-title = 別のアドレスに進みますか?
ceremony-elsewhere-heading = { $to ->
    [computer] このコンピューターのプログラムに進みますか?
    [app] この端末のアプリに進みますか?
   *[web] { $host } に進みますか?
}
ceremony-elsewhere-sent = アプリから、正しくないリクエストでここに移動しました。アクセスは与えられていません。
ceremony-elsewhere-sent-claimed = 「{ $name }」と名乗るアプリから、正しくないリクエストでここに移動しました。アクセスは与えられていません。
ceremony-elsewhere-advice = ご自分でそこから来た場合だけ、先に進んでください。そうでなければ、このページを閉じるだけで大丈夫です。
ceremony-leads-to = 行き先

## 期間。

ceremony-term-open = 取り消すまで
ceremony-term-month = 30日間
ceremony-term-day = 1日間
ceremony-term-hour = 1時間
