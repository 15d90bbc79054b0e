"""What is found, kind by kind, in both scripts and every width; and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from denju.errors import SettingsError
from denju.learning.errands import Errand
from denju.learning.hiding import Hiding, hide
from denju.privacy.checksums import is_card, is_iban, is_my_number
from denju.privacy.credentials import hold_secret
from denju.privacy.finding import find
from denju.privacy.terms import Terms
from growth import IN_LINE, growth


def found(text: str, terms: Terms | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in find(text, terms or Terms())]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("連絡はtaro.yamada@example.co.jpまで", "email", "taro.yamada@example.co.jp"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐです", "email", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
        ("write to jane (at) example (dot) org", "email", "jane (at) example (dot) org"),
        ("電話番号は090-1234-5678です", "phone", "090-1234-5678"),
        ("０９０－１２３４－５６７８へ", "phone", "０９０－１２３４－５６７８"),
        ("03（1234）5678に", "phone", "03（1234）5678"),
        ("0312345678まで", "phone", "0312345678"),
        ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
        ("at (415) 555-2671.", "phone", "(415) 555-2671"),
        ("FAX.0312345678", "phone", "0312345678"),
        ("担当:山本\nＴＥＬ．０６－６１２３－４５６７", "phone", "０６－６１２３－４５６７"),
        ("tel03-1234-5678", "phone", "03-1234-5678"),
        ("or fax+81 3 1234 5678", "phone", "+81 3 1234 5678"),
        ("TelNo03-1234-5678か、mobile090-1234-5678", "phone", "090-1234-5678"),
        ("佐藤,12,03-1234-5678,2", "phone", "03-1234-5678"),
        ("部品,5,09012345678,2", "phone", "09012345678"),
        ("a,4111111111111111,12", "card", "4111111111111111"),
        ("card4111111111111111x", "card", "4111111111111111"),
        ("口座番号,1234567", "bank_account", "1234567"),
        ("控えは12345678901234567890123456です", "number", "12345678901234567890123456"),
        ("〒150-0001へ", "postal_code", "〒150-0001"),
        ("郵便番号は1500001で", "postal_code", "1500001"),
        ("at SW1A 1AA, London", "postal_code", "SW1A 1AA"),
        ("カードは4111 1111 1111 1111です", "card", "4111 1111 1111 1111"),
        ("４１１１１１１１１１１１１１１１で", "card", "４１１１１１１１１１１１１１１１"),
        ("普通口座 1234567 に", "bank_account", "1234567"),
        ("account number 12345678", "bank_account", "12345678"),
        ("IBAN DE89 3704 0044 0532 0130 00 PLEASE", "iban", "DE89 3704 0044 0532 0130 00"),
        ("番号123456789018を", "my_number", "123456789018"),
        ("詳細はhttps://example.com/a?b=1。", "url", "https://example.com/a?b=1"),
        ("see www.example.com.", "url", "www.example.com"),
        ("サーバ192.168.0.1が", "ip", "192.168.0.1"),
        ("host 2001:db8::1 is", "ip", "2001:db8::1"),
        ("注文番号A-20231の件", "number", "A-20231"),
        ("order #12345 is late", "number", "12345"),
        ("伝票98765432を", "number", "98765432"),
        ("山田様より", "name", "山田"),
        ("佐藤 花子さんが", "name", "佐藤 花子"),
        ("スミス氏は", "name", "スミス"),
        ("担当の鈴木です", "name", "鈴木"),
        ("Dear Mr. John Smith, we", "name", "John Smith"),
        ("thanks, Dr Okafor called", "name", "Okafor"),
        ("I'm Sarah Connor from sales", "name", "Sarah Connor"),
        ("Tanaka-san agreed", "name", "Tanaka"),
        ("はじめまして、有限会社池田運輸の堀江と申します", "name", "堀江"),
        ("こちら高見沢ですが、先日の件で", "name", "高見沢"),
        ("担当者：阿久津", "name", "阿久津"),
        ("名義はソウマ シオリです", "name", "ソウマ シオリ"),
        ("板垣 秀樹（旧姓中条）で登録", "name", "中条"),
        ("よろしくお願いします。\n染谷 湊\n購買", "name", "染谷 湊"),
        ("妹の千春が受け取ります", "name", "千春"),
        ("服部さんが", "name", "服部"),
        ("本社鈴木様より", "name", "鈴木"),
        ("the order was placed by Agnes Okonkwo today", "name", "Agnes Okonkwo"),
        ("Please ask Ren McAllister-Dunne to call", "name", "Ren McAllister-Dunne"),
        ("cc: Ada Quill; Bo Quill", "name", "Bo Quill"),
        ("Regards, Priti Varma", "name", "Priti Varma"),
        ("Ludwig's order never came, said Orla van der Meer.", "name", "Orla van der Meer"),
        ("I want to speak to Zashil again", "name", "Zashil"),
        ("三上金属工業から届いた", "company", "三上金属工業"),
        ("森農林有限会社様の", "company", "森農林有限会社"),
        ("We at Rowan Logistics wait", "company", "Rowan Logistics"),
        ("12-ABCD-34の控え", "number", "12-ABCD-34"),
        ("横浜市西区高島2-3-1 シティ氏家612です", "address", "横浜市西区高島2-3-1 シティ氏家612"),
        (
            "Send it to 320 Ochoa Rest Suite 752, Ericport, ME 84383.",
            "address",
            "320 Ochoa Rest Suite 752, Ericport, ME 84383",
        ),
        ("東京都渋谷区神宮前1-2-3へ", "address", "東京都渋谷区神宮前1-2-3"),
        ("lives at 10 Downing Street, London", "address", "10 Downing Street, London"),
        ("株式会社山田商事の件", "company", "株式会社山田商事"),
        ("key sk-abcdefghijklmnopqrstuvwx here", "secret", "sk-abcdefghijklmnopqrstuvwx"),
        ("The customer's API key is 9f8e7d6c5b4a39281706aa11 and it stopped.", "secret", "9f8e7d6c5b4a39281706aa11"),
        ("お客様のAPIキーは 9f8e7d6c5b4a39281706aa11 で、止まりました。", "secret", "9f8e7d6c5b4a39281706aa11"),
        ("API key 9f8e7d6c5b4a39281706aa11", "secret", "9f8e7d6c5b4a39281706aa11"),
        ("APIキー 9f8e7d6c5b4a39281706aa11", "secret", "9f8e7d6c5b4a39281706aa11"),
        ("API キー「9f8e7d6c5b4a」が通らない", "secret", "9f8e7d6c5b4a"),
        ("the access token is 9f8e7d6c5b4a.", "secret", "9f8e7d6c5b4a."),
        ("アクセストークンが9f8e7d6c5b4aです", "secret", "9f8e7d6c5b4a"),
        ("our client secret is: 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("クライアントシークレットが 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("the secret key is `9f8e7d6c5b4a`", "secret", "9f8e7d6c5b4a"),
        ("シークレットキーは「9f8e7d6c5b4a」", "secret", "9f8e7d6c5b4a"),
        ("The token was 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("トークン → 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("access key: 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("アクセスキーは9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("private key: 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("秘密鍵は9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("accessToken is 9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("x-api-key   =   9f8e7d6c5b4a", "secret", "9f8e7d6c5b4a"),
        ("パスワード：abc123です", "secret", "abc123"),
        ("password: swordfish", "secret", "swordfish"),
        ("Authorization: Bearer abcdef123456.xyz", "secret", "abcdef123456.xyz"),
        ("ID: yamada / PW: hunter22 でログインできません", "secret", "hunter22"),
        ("ID：yamada01　PASS：sakura2024", "secret", "sakura2024"),
        ("パスワード「sakura2024」が通りません", "secret", "sakura2024"),
        ("パスワード sakura2024 で入れません", "secret", "sakura2024"),
        ("パスワードをsakura2024に変えました", "secret", "sakura2024"),
        ("暗証番号１２３４で", "secret", "１２３４"),
        ("認証コード：123-456", "secret", "123-456"),
        ("My password, sakura2024, stopped working", "secret", "sakura2024"),
        ("password for the portal is sakura2024", "secret", "sakura2024"),
        ("password was hunter22", "secret", "hunter22"),
        ("PIN 4821", "secret", "4821"),
        ("PIN: 4821\n本日", "secret", "4821"),
        ("my pin code is 4821", "secret", "4821"),
        ("セキュリティコードは123", "secret", "123"),
        ("CVV 123", "secret", "123"),
        ("暗証番号：\n1234", "secret", "1234"),
        ("暗証番号1234 通りません", "secret", "1234"),
        ("My password, Sakura2024, stopped working", "secret", "Sakura2024"),
        ("パスワード、PO-12345の件", "number", "PO-12345"),
        ("I know my password, M6x20 bolts are wrong", "number", "M6x20"),
        ("first pass = M6x20", "number", "M6x20"),
        ("ID: sato PASS: A1B2C3D4", "secret", "A1B2C3D4"),
        ("パスワード、ABC123です", "secret", "ABC123"),
        ("10000 個人情報", "number", "10000"),
        ("口座番号：1234567\n名義：ヤマダ タロウ", "bank_account", "1234567"),
        ("普通 1234567\n名義：ヤマダ タロウ", "bank_account", "1234567"),
        ("account number 12345678\na friend", "bank_account", "12345678"),
        ("会員番号：12345678\n名前：山田太郎", "number", "12345678"),
        ("注文番号：12345678\n件名：納期", "number", "12345678"),
        ("注文番号12345678 本日届くはず", "number", "12345678"),
        ("伝票98765432 本日届くはず", "number", "98765432"),
        ("送り状番号：398765432101\n日付：11月2日", "number", "398765432101"),
        ("控え398765432101 本", "number", "398765432101"),
        ("I placed order 4471902 a week ago.", "number", "4471902"),
        ("田中くんです", "name", "田中"),
        ("担当は守屋くんです", "name", "守屋"),
        ("守屋くんなので", "name", "守屋"),
        ("渡瀬くんだけが", "name", "渡瀬"),
        ("守屋ちゃんと", "name", "守屋"),
        ("林くんで", "name", "林"),
        ("原くんです", "name", "原"),
        ("スミスくんです", "name", "スミス"),
        ("守屋という名の者", "name", "守屋"),
        ("さくらちゃんと来ました", "name", "さくら"),
        ("たくまさんが", "name", "たくま"),
        ("渡瀬という方から", "name", "渡瀬"),
        ("横浜市西区みなとみらい2-3-1", "address", "横浜市西区みなとみらい2-3-1"),
        ("横浜市西区みなとみらい二丁目3番1号", "address", "横浜市西区みなとみらい二丁目3番1号"),
        ("横浜市西区みなとみらい二番三号", "address", "横浜市西区みなとみらい二番三号"),
        ("千葉市緑区おゆみ野3番", "address", "千葉市緑区おゆみ野3番"),
        ("木村さんが一番詳しいと聞きました。", "name", "木村"),
        ("野村さんなら1-2社", "name", "野村"),
        ("東京都港区なら一番早い", "address", "東京都港区"),
        ("神奈川県横浜市西区みなとみらい2-3-1", "address", "神奈川県横浜市西区みなとみらい2-3-1"),
        ("千葉市緑区おゆみ野3-1-2", "address", "千葉市緑区おゆみ野3-1-2"),
        ("つくば市吾妻1-1-1", "address", "つくば市吾妻1-1-1"),
        ("渋谷区 神宮前 1-2-3", "address", "渋谷区 神宮前 1-2-3"),
        ("札幌市中央区北1条西2丁目3-4", "address", "札幌市中央区北1条西2丁目3-4"),
        ("札幌市 中央区 北1条西2丁目3-4", "address", "札幌市 中央区 北1条西2丁目3-4"),
        ("京都市中京区烏丸通御池上る龍池町12", "address", "京都市中京区烏丸通御池上る龍池町12"),
        ("Ship to: 12 HIGH STREET, LEEDS", "address", "12 HIGH STREET, LEEDS"),
        ("It goes to 12 High street, Leeds", "address", "12 High street, Leeds"),
        ("Name: JOHN SMITH\nShip to: 12 HIGH STREET, LEEDS", "name", "JOHN SMITH"),
        ("Attn: MARIA GARCIA", "name", "MARIA GARCIA"),
        ("Dear MR SMITH", "name", "SMITH"),
        ("this is TARO YAMADA from Acme", "name", "TARO YAMADA"),
        ("YAMADA Taro", "name", "YAMADA Taro"),
        ("my name is jane okafor", "name", "jane okafor"),
        ("my name is jane okafor could you", "name", "jane okafor"),
        ("my name is agnes okonkwo I ordered", "name", "agnes okonkwo"),
        ("my name is zashil and I wait", "name", "zashil"),
        ("Tom OK", "name", "Tom"),
        ("JACK SMITH", "name", "JACK SMITH"),
        ("Hi JOHN, where", "name", "JOHN"),
        ("to 12 KINGS COURT, LEEDS", "address", "12 KINGS COURT, LEEDS"),
        ("to 12 March Road, Cambridge", "address", "12 March Road, Cambridge"),
        ("TEL：03 - 1234 - 5678", "phone", "03 - 1234 - 5678"),
        ("mobile 415 - 555 - 2671", "phone", "415 - 555 - 2671"),
    ],
)
def test_each_kind(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "お客様、皆様、担当者様、お疲れ様です。同様に、仕様のとおり。",
        "部品10個を2026年11月23日の10:30までに、単価1,200円で3箱。",
        "We need 20000 units by 12/24/2026, at 15.5 kg each, for $12,500.",
        "ISO 9001 and RFC 2119 apply to version 3.14.",
        "パスワードを忘れました。暗証番号は教えないでください。",
        "Never ask for a password or a token.",
        "The private key is missing, the API key is wrong and the access token was revoked 30 days ago.",
        "秘密鍵がありません。APIキーは違い、アクセストークンは30日前に失効しました。",
        "The private key is 2048-bit RSA; the token: 2026-11-24.",
        "秘密鍵は2048ビットのRSAで、トークンが2026-11-24に切れました。",
        "東京都の天気は晴れです。",
        "Dear Customer, thank you. This is fine.",
        "単価は１，２３４，５６７円です。",
        "Between 1,000-2,000 parts, 12,500, 1,234,567 or 3.14159 of them.",
        "口座の残りは1,234,567円、電話代は5,200円です。",
        "他社様では各社様と同じで、作業者さんと検査員さんが二名様。おかげさまで。",
        "材質はSUS304、硬度HRC40、板はA5052。S45CからSCM435へ。",
        "The drawing calls for 304 stainless, SUS304, and 6204ZZ bearings.",
        "千葉から福島へ送り、上野駅と中村区役所に寄ります。",
        "無償サンプルはありますか。その様な使い方です。担当は営業部です。",
        "Our Purchasing Manager and Customer Service hung up. I've waited. Screenshot here.",
        "The hotel12345 sells pastel12345 beside an intel80386.",
        "Black Friday prices in North America ended on Monday, Tuesday and Friday.",
        "The dowel pin is 8.02mm and does not fit.",
        "Pin: stainless\nQty: 3",
        "PIN 1200本とPIN 1500 pcsの見積もり。",
        "Reset your password (8 characters or more). PASS: 98%",
        "20000 本を、12000 時間で、15000 gまで。sizes 100 - 200 - 3000 mm",
        "PASS: 98pcs, NG: 2pcs. PIN, 1000 sets; CVV 100 m",
        "PIN 1200枚、PIN 5000円、SPRING PIN 2000セット",
        "品名: PIN\n2026年11月2日発注",
        "10000 個注文します。50000 円税別、20000 円請求、10000 枚入荷、12000 名様。",
        "10000 m of cable and 10000 t of steel. The 24000 V line",
        "There are no 2000 units left; order 5000 pieces.",
        "不良がたくさんあり、交換いただきたくお願いします。",
        "みなさまによろしく",
        "もっとちゃんと検査して",
        "いつ届くんですか。",
        "動くんですか",
        "商品届くんですか。行くんです。今回ちゃんと届きました。",
        "企業様、お得意様、顧客様、法人様、サプライヤー様、パートナー様",
        "私の責任です。責任者を",
        "私の誤解です",
        "キャンセルという方法",
        "領収書は上様で",
        "商品区分2",
        "管理区分3",
        "対象地区10箇所",
        "国内市場3位、海外市場2倍、町工場3社。",
        "大阪市から3台、新宿区には2-3日で、千葉市にお住まいの方は1-2週間。港区 在庫 12",
        "横浜市でしたら2-3営業日で届きますか。大阪市内にある一番近い営業所は",
        "横浜市 納期3-4営業日",
        "My name is on the list, my name is misspelled, and my name is still wrong.",
        "My name is already on it, already paid. my name is correct, my name is attached and my name is above",
        "Part name: BEARING\nHi NEED HELP, PHILLIPS SCREW and JACK STAND",
        "I ordered 10 BOXES AND THEY ARE WAY TOO BIG. 12 BOXES 100 CT; 2 INCH 3 WAY VALVE",
        "Need 5 ROLLS VCT 2 SQ. From 12 December road works, till 12 December 2026 road works.",
        "EMI TEST failed in the MS EXCEL file. Dear ALL, by 10 March close of business the 3 USB drives.",
    ],
)
def test_what_is_nobodys_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [("山﨑様から", "山﨑"), ("尾﨑様", "尾﨑"), ("山﨑太郎と申します", "山﨑太郎"), ("氏名：山﨑　一郎", "山﨑　一郎"),
     ("𠮷田様", "𠮷田"), ("株式会社山﨑製作所です", "株式会社山﨑製作所"), ("辻󠄀と申します", "辻󠄀"), ("渡邉󠄂様", "渡邉󠄂"),
     ("兵庫県宍粟市山﨑町山﨑1-2", "兵庫県宍粟市山﨑町山﨑1-2"), ("東京都葛󠄀飾区立石5-13-1", "東京都葛󠄀飾区立石5-13-1"),
     ("ヤマザキ タロウ様", "ヤマザキ タロウ"), ("やまざきと申します", "やまざき"),
     ("私は、さとうともうします", "さとう"),
     ("090・1234・5678", "090・1234・5678"), ("03〜1234〜5678", "03〜1234〜5678"),
     ("090一1234一5678", "090一1234一5678"), ("090─1234─5678", "090─1234─5678")],
)  # fmt: skip
def test_rare_characters_kana_and_odd_dashes_are_hidden_whole(text: str, hidden: str) -> None:
    assert [value for _, value in found(text)] == [hidden]


def test_a_name_once_found_is_found_without_its_title_too() -> None:
    assert found("守屋様から電話。その後、守屋が来社。") == [("name", "守屋"), ("name", "守屋")]


def test_a_name_without_a_capital_hides_no_other_word_like_it() -> None:
    assert found("my name is hope, and I hope so.") == [("name", "hope")]


def test_two_letters_of_hiragana_are_a_name_only_beside_their_title() -> None:
    assert found("みおさんから。みおくりました。") == [("name", "みお")]


@pytest.mark.parametrize(
    "text",
    ["The locating pin is M6x20-B.", "位置決めのPINはM6x20-Bです。",
     "The access key M6x20-100 fits no token RFC6749-like.",
     "アクセスキー M6x20-100は、トークン RFC6749-likeに合いません。"],
)  # fmt: skip
def test_a_part_called_pin_or_key_may_be_let_leave(text: str) -> None:
    assert "secret" not in [kind for kind, _ in found(text)]


def test_the_firms_terms_are_found_in_any_form_and_beside_any_script(tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("# ours\nアクメ精機\n\nProject Falcon\n守屋 五郎\nAnn\n", encoding="utf-8")
    terms = Terms.load(file)
    text = "ｱｸﾒ精機のＰＲＯＪＥＣＴ　ＦＡＬＣＯＮ、守屋五郎とprojectfalcon担当ANNが announce した"
    values = [each.text for each in find(text, terms) if each.kind == "term"]
    assert values == ["ｱｸﾒ精機", "ＰＲＯＪＥＣＴ　ＦＡＬＣＯＮ", "守屋五郎", "projectfalcon", "ANN"]
    spaced = Terms(["徳永玲", "アクメ2000", "辻本"])
    text = "徳永 玲と徳永　玲、アクメ 2000、辻󠄀本さん。徳永\n玲瓏"
    assert [text[start:end] for start, end in spaced.find(text)] == ["徳永 玲", "徳永　玲", "アクメ 2000", "辻󠄀本"]
    assert [*Terms.load(tmp_path / "missing.txt").find("x")] == []
    file.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SettingsError):
        Terms.load(file)


PUTTY = """PuTTY-User-Key-File-2: ssh-rsa
Encryption: none
Comment: sato
Public-Lines: 1
AAAAB3NzaC1yc2E
Private-Lines: 3
AAABAQC7
hunter22
bm90aGluZw==
Private-MAC: 9f8e7d6c5b4a"""
PEM = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEhunter22\nbm90aGluZw=="


@pytest.mark.parametrize(
    "key", [PUTTY, PUTTY.partition("Private-MAC")[0], PEM, f"{PEM}\n-----END RSA PRIVATE KEY-----"]
)
@pytest.mark.parametrize(
    ("before", "after"), [("ログインできません。", "急いでいます。"), ("I cannot log in.", "It is urgent.")]
)
def test_a_private_key_is_hidden_as_a_whole_also_where_its_end_was_not_pasted(
    key: str, before: str, after: str
) -> None:
    text = f"{before}\n{key}\n{after}"
    body = json.dumps({"text": text})
    assert hold_secret(body.encode()) and hold_secret(body[:-1].encode()), "in JSON, and in what is none"
    hidden = hide(Errand("customer", "en", {"text": text}), Terms(), Hiding()).ask.data["text"]
    assert hidden.startswith(f"{before}\n[SECRET]")
    assert not any(line in hidden for line in key.splitlines() if line), hidden
    assert (after in hidden) == ("MAC" in key or "END" in key.splitlines()[-1])
    assert not hold_secret(json.dumps({"text": hidden}).encode())


@pytest.mark.parametrize(
    "text",
    ["パスワードは「hunter2」です", "パスワード：『hunter2』。", "パスワード→【hunter2】", "パスワードは“hunter2”です",
     "password is “hunter2”", "password: ‘hunter2’", "パスワードは、hunter2です", "PWは hunter2 です",
     "暗証番号は“4711”です"],
)  # fmt: skip
def test_a_password_is_found_whatever_it_is_quoted_with(text: str) -> None:
    (span,) = found(text)
    assert span in {("secret", "hunter2"), ("secret", "4711")}
    assert hold_secret(json.dumps({"text": text}).encode())


@pytest.mark.parametrize(
    "text", ["パスワードは「忘れました」", "パスワードは「8文字以上」です", "パスワードは、8文字以上です"]
)
def test_what_is_said_of_a_password_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["Password: abc\nThanks", "パスワード：＊＊＊\nよろしく", "I cannot log in. Password: ***"]
)
def test_what_hides_nothing_does_not_stop_the_request_that_frames_it(text: str) -> None:
    framed = "The case:\n<data>\n" + json.dumps({"turns": [text]}, ensure_ascii=False) + "\n</data>"
    assert found(text) == [] and not hold_secret(json.dumps({"text": framed}, ensure_ascii=False).encode())
    secret = framed.replace(text.split("\n")[0], "Password: hunter2")
    assert secret != framed and hold_secret(json.dumps({"text": secret}, ensure_ascii=False).encode())
    assert hold_secret(json.dumps({"text": "<data>\nPassword: hunter2\n</data>"}).encode())


KEY_LINES = (
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW",
    "QyNTUxOQAAACB4Jm3r1vYx0c9q2L7pTnW8kz5dHfUeJgRbAoSiXlMPVQAAAJDmK1t65itb",
    "AAAEB0aGlzIGlzIG5v",
)


@pytest.mark.parametrize("end", ["", "\n-----END OPENSSH PRIVATE KEY-----"])
@pytest.mark.parametrize(("mark", "lines"), [("", KEY_LINES), ("> ", KEY_LINES), ("", KEY_LINES[:2])])
def test_a_private_key_is_hidden_also_where_its_first_line_was_not_pasted(
    mark: str, lines: tuple[str, ...], end: str
) -> None:
    text = "\n".join(["接続できません。", *(mark + line for line in lines)]) + f"{end}\nRegards"
    hidden = hide(Errand("customer", "en", {"text": text}), Terms(), Hiding()).ask.data["text"]
    assert hidden == f"接続できません。\n{mark}[SECRET]\nRegards"
    assert hold_secret(json.dumps({"text": text}).encode()) and not hold_secret(json.dumps({"text": hidden}).encode())


def test_the_end_of_a_private_key_is_hidden_with_what_stands_before_it() -> None:
    text = "I cannot log in.\nAAAEB0aGlz\n-----END RSA PRIVATE KEY-----\nIt is urgent."
    hidden = hide(Errand("customer", "en", {"text": text}), Terms(), Hiding()).ask.data["text"]
    assert hidden == "I cannot log in.\n[SECRET]\nIt is urgent."


@pytest.mark.parametrize(
    "text",
    ["-" * 70 + "\n" + "-" * 70, "A" * 64 + "\n" + "A" * 64, f"{KEY_LINES[0]}\nis the checksum of the drawing",
     "/" * 64 + "\n" + "=" * 64],
)  # fmt: skip
def test_lines_that_only_look_like_a_key_s_are_left(text: str) -> None:
    assert not hold_secret(json.dumps({"text": text}).encode())


def test_overlapping_finds_are_one() -> None:
    terms = Terms(["example"])
    spans = find("https://example.com/password に", terms)
    assert [(each.kind, each.text) for each in spans] == [("term", "https://example.com/password")]


def test_check_digits() -> None:
    assert is_card("4111111111111111") and not is_card("4111111111111112") and not is_card("0000000000000000")
    assert is_iban("GB82WEST12345698765432") and not is_iban("GB82WEST12345698765433")
    assert is_my_number("123456789018") and not is_my_number("123456789019")


@pytest.mark.parametrize(
    "body",
    [b'{"maxOutputTokens":8192,"token_budget":12345678}', b'{"text":"password: [SECRET]"}', b"{}", b"",
     '{"text":"パスワードは［秘密］です"}'.encode(), b'{"text":"api_key=[NUMBER_12]"}'],
)  # fmt: skip
def test_an_honest_body_holds_no_secret(body: bytes) -> None:
    assert not hold_secret(body)


@pytest.mark.parametrize(
    "piece",
    ["1-", "山", "a.", "[NAME_", "東京都", "A1-", "0 ", "password: ", "f:", "x@", "-----BEGIN PRIVATE KEY-----",
     "password,", "password,a1", "password for a ", "パスワード「a1", "pass=", "PIN ", "PIN 4821-", "CVV 1",
     "暗証番号1234", "市区町村", "市山上る", "横浜市みなとみらいの1", "市 あああ1-1", "つくば市", "北1条", "11 - 22 - ",
     "03 - 1234 - 5678 ", "12 HIGH ", "JOHN AB ", "my name is ab ", "Name: AB ", "田中くん", "さくらちゃん", "12345 a ",
     "order number ", "12345 本",
     "PuTTY-User-Key-File-2: ", "PuTTY-User-Key-File-2: Private-MAC:", "-----BEGIN PRIVATE KEY----------END ",
     "token:", "token is ", "APIキー ", "a_", "a-", "秘密鍵は:",
     "aB1" * 22 + "\n", "aB1=\n", "> ", "\n> aB1", "-----END ",
     "届くん", "PIN 1000 set", "PASS: 98 ", "my name is jane ", "12 MAY ", "横浜市みなとみらい二番"],
)  # fmt: skip
def test_no_rule_runs_on(piece: str) -> None:
    assert growth(find, piece, 8_000) < IN_LINE
