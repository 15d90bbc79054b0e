"""Names and numbers that nobody gave: each is flagged, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from denju.answering.unsupported import unsupported
from growth import IN_LINE, growth
from practice import acts
from practice.generator import Generator
from practice.unseen import UnseenPools

JAPANESE = (
    "お客様: 株式会社山田製作所の田中です。M8のボルト 1,200個が届きません。注文番号 ABC-123、品番 カラー770-WG16。"
    "納期: 12月3日 単価: 450円 連絡先 043-4121-6379 購買部 須田"
)
ENGLISH = (
    "Answer in English. This is Aya Tanaka from Robe Corp. Order PO-7781, 1,200 pieces of bracket BR 210, when does it "
    "ship? delivery date: 3 December, price: 450 yen each, 30mm bore. Ruth Abbott\nQA, Dr Haddad"
)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("田中様、納期は12月3日でございます。", ()),
        ("Ｍ８ボルト１２００個、ABC-123の件、承知しました。", ()),
        ("佐藤様、お世話になっております。", ("佐藤",)),
        ("ABC-12は1,201個です。", ("ABC-12", "1,201")),
        ("納期は［要確認：納期］でございます。", ()),
        ("1. お詫びします。\n2. 確認します。", ()),
        ("担当の佐藤よりご連絡いたします。", ("佐藤",)),
        ("お客様、皆様、担当者様、ありがとうございます。", ()),
        ("33%お値引きし、33%を返金します。", ("33",)),
        ("", ()),
        # Names broken or put together from parts.
        ("\ufffd\ufffd田様、\n承知しました。", ("\ufffd\ufffd田",)),
        ("須様、\n承知しました。", ("須",)),
        ("渡部様、\n承知しました。", ("渡部",)),
        ("担当の渡部が伺います。窓口は緒方です。営業本部が対応いたします。", ("緒方", "渡部")),
        ("はやし様、\n承知しました。", ("はやし",)),
        ("山田製作所の須田様、\n承知しました。", ()),
        ("ボルトめ届きませんでした様、\n承知しました。", ("ボルトめ届きませんでした",)),
        ("ボルト 届いていますか様、\n承知しました。", ("ボルト 届いていますか",)),
        ("ご注文いただいた皆様、\n承知しました。", ()),
        ("お問い合わせいただいたお客様、\n承知しました。", ()),
        ("本件の担当は営業部の高木でございます。", ("高木",)),
        ("課長の鈴木よりご連絡いたします。", ("鈴木",)),
        ("営業課長の鈴木が明日ご訪問いたします。", ("鈴木",)),
        ("品質保証部長の鈴木よりご連絡いたします。", ("鈴木",)),
        ("工場長の鈴木が直接お詫びに伺います。", ("鈴木",)),
        ("鈴木課長からご連絡いたします。", ("鈴木",)),
        ("後日、鈴木工場長がご説明に伺います。", ("鈴木",)),
        ("営業部の松本部長に申し伝えます。", ("松本",)),
        ("担当：佐藤健一", ("佐藤健一",)),
        ("担当者: 佐藤\n問い合わせ先：営業部 鈴木", ("佐藤", "鈴木")),
        ("担当：須田\n窓口：未定\n担当者：営業部、責任者：確認中", ()),
        ("品質保証部長が、営業本部長と須田課長より。工場長の判断が出次第、部長の承認後に、副社長と所長へ。", ()),
        ("課長の確認が取れ次第ご連絡いたします。社長の指示によりご案内いたします。購買課長様、承知しました。", ()),
        ("窓口は佐々木が務めさせていただきます。", ("佐々木",)),
        ("お問い合わせの件は、石川が担当いたします。", ("石川",)),
        ("弊社の担当者は村上と申します。", ("村上",)),
        ("営業部の大野が伺います。", ("大野",)),
        # Codes as a whole, days as a whole, numbers with their unit.
        ("治具770-WG1の件、承知しました。", ("770-WG1",)),
        ("品番はWG16-770です。", ("WG16-770",)),
        ("電話番号は043-6379-4121です。", ("043-6379-4121",)),
        ("納期は3月12日です。", ("3月12日",)),
        ("納期は12月3日8月です。", ("12月3日8",)),
        ("納期は12月3日14時です。", ("12月3日14時",)),
        ("納期は12月3日（前です。", ("12月3日(前",)),
        ("納期は12月3日\uf348前です。", ("日\uf348",)),
        ("ご注文8--Tの件です。", ("8--T",)),
        ("納期は2026年12月3日です。", ("2026年12月3日",)),
        ("納期は12月3日（月）です。", ("12月3日",)),
        ("お届けは12月です。12月3日の午前です。", ()),
        ("価格は1200円です。", ("1200",)),
        ("在庫は450個です。", ("450",)),
        # Ordinary words.
        ("会社名とご担当者様のお名前をお知らせください。失礼ですが、どちら様でしょうか。", ()),
        ("担当の技術者が伺います。担当者はただいま確認中です。営業担当が対応いたします。", ()),
        ("製品仕様書、要求仕様、表面仕様、模様と模様替え。多様な製品を一様に、異様な音、摂氏20度。", ("20",)),
        ("連絡先氏名をご記入ください。運送会社様、代理店様、仕入先様、メーカー様、エンドユーザー様、荷主様。", ()),
        ("健一様に、本多様へ、山田販売株式会社様", ("健一", "本多", "山田販売株式会社")),
        ("本件は責任者が対応いたします。担当部署からご連絡いたします。弊社の窓口は品質保証部です。", ()),
    ],
)
def test_unsupported_in_japanese(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, JAPANESE) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("五日以内に五百個お届けします。", ("五日", "五百個")),
        ("納期は十二月四日、または十二月 三日です。", ("十二月四日",)),
        ("納期は十二月三日でございます。千二百個を四百五十円で承ります。", ()),
        ("納期は二〇二六年十二月三日です。", ("二〇二六年十二月三日",)),
        ("一月一日は休みです。", ("一月一日",)),
        ("1千2百個、1.2千個、四五〇円の件、承知しました。", ()),
        ("5千円と3万2,000円をお返しします。", ("5千円", "3万2,000円")),
        ("十分以内、二十分後に伺います。十個、十日、三週間です。", ("十分", "二十分", "十個", "十日", "三週")),
        # Ordinary words.
        ("一度ご確認ください。一緒に一部を、一日も早く。十分に注意し、三者で一時停止します。", ()),
        ("二三日、数十個、数百円、十数日、何千円、第二本社、三分の一、四六時中、万が一、一本化します。", ()),
        ("二つ目に、〇月〇日までにお届けします。二分し、一年、一個、一円、一分、一週間、一月、二度と四日市へ。", ()),
    ],
)
def test_numbers_in_kanji(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, JAPANESE) == found


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        ("5千円です。", "価格: 5000円"), ("10万円です。", "価格: 100,000円"), ("100,000円です。", "価格: 10万円"),
        ("1億2,000万円です。", "価格: 120000000円"), ("1.5万円です。", "価格: 1万5千円"),
        ("500個です。", "在庫: 五百個"), ("12月3日です。", "納期: 十二月三日"),
        ("十二月一日です。", "納期: 12/1"), ("二〇日です。", "納期: 20日"),
        ("三本木様、承知しました。", "三本木です"),
    ],
)  # fmt: skip
def test_a_number_is_the_same_in_kanji_and_in_digits(answer: str, given: str) -> None:
    assert unsupported(answer, given) == ()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Dear Ms Tanaka, it ships on 3 December.", ()),
        ("Dear Mr Suzuki, thank you.", ("Suzuki",)),
        ("Dear Ms Tan, thank you.", ("Tan",)),
        ("Dear Sir or Madam, thank you.", ()),
        ("We will send 30 pieces by [to confirm: delivery date].", ("30",)),
        ("Your order PO-7781 has 1200 pieces.", ()),
        # Names broken or put together from parts.
        ("Dear Rledh Abbott,\nThank you.", ("Rledh",)),
        ("Dear Ruth Abbot,\nThank you.", ("Abbot",)),
        ("Dear Aya Abbott,\nThank you.", ("Aya Abbott",)),
        ("Dear Tanaka Aya,\nThank you.", ()),
        ("Dear \ufffdbbott,\nThank you.", ("\ufffdbbott",)),
        ("Dear valued customer,\nThank you.", ()),
        ("Please ask for Ms Ueshtrue.", ("Ueshtrue",)),
        ("Please ask for Ms.", ("Ms.",)),
        ("Please ask for Ms ouswood.", ("ouswood",)),
        ("Dear Dr  ouswood,\nThank you.", ("ouswood",)),
        ("Dear Ruth Abbott Abbott,\nThank you.", ("Ruth Abbott Abbott",)),
        ("You will hear from Abbott PO-7781.", ("Abbott PO-7781",)),
        ("Please ask for Mr Haddad.", ("Mr Haddad",)),
        ("Please ask for Dr Haddad.", ()),
        ("Please ask for Ms Tanaka 3.", ("Tanaka 3",)),
        ("At our company, Ken Moreau is in charge of this matter.", ("Ken", "Moreau")),
        ("This matter is being handled at our company by Petrov.", ("Petrov",)),
        # Codes as a whole, days as a whole, numbers with their unit.
        ("We are checking PO-778 and PO-77812.", ("PO-778", "PO-77812")),
        ("It is about BR-210 and PO 7781.", ()),
        ("It ships on December 3rd, or 3 Dec., or 12/3.", ()),
        ("It ships on 3 December 2026 or 3 December 20267.", ("3 December 2026", "3 December 20267")),
        ("It ships on Monday, 3 December.", ("3 December",)),
        ("It ships on 3 Jugust or 3 December 450.", ("3 December 450", "Jugust")),
        ("It ships on 12 March.", ("12 March",)),
        ("It ships on 3 December 2028en or 3 December 1200-X.", ("3 December 2028en", "3 December 1200-X")),
        ("It ships on 3 December.50 or December 1200.", ("3 December.50", "December 1200")),
        ("It costs 1,200 yen.", ("1,200",)),
        ("We have 450 pieces.", ("450",)),
        ("The bore of 30 mm is as drawn.", ()),
        # Ordinary words.
        ("We answer in English or Japanese by Monday. Kind Regards,\nYour Sales Team", ()),
        ("Our Quality Department will look at it. I am sorry. Is it urgent? Please tell us.", ()),
    ],
)
def test_unsupported_in_english(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, ENGLISH) == found


@pytest.mark.parametrize("language", acts.LANGUAGES)
def test_ordinary_sentences_of_a_desk_are_left_alone(language: str) -> None:
    path = Path(__file__).parent / f"practice_sentences_{language}.toml"
    sentences = [text for texts in tomllib.loads(path.read_text("utf-8")).values() for text in texts]
    sentences += [text for act in acts.load(language).values() for text in act.replies if "{" not in text]
    sentences += [text for act in acts.load(language).values() for text in (*act.steps, *act.steps_held_out)]
    flagged = [(text, found) for text in sentences if (found := unsupported(text, text.lower().replace("mr ", "")))]
    assert len(sentences) > 1000
    assert flagged == []


def test_replies_that_copy_what_was_given_are_left_alone() -> None:
    generator = Generator(5, held_out=True)
    generator.pools = {language: UnseenPools(language, generator.rng) for language in acts.LANGUAGES}
    flagged, seen = [], 0
    for _ in range(100):
        sample = generator.sample(2)
        for turns in (conversation.turns for conversation in sample.conversations):
            for place in (place for place, turn in enumerate(turns) if turn.role == "agent"):
                given = "\n".join([sample.guidance.text(), *(turn.text for turn in turns[:place])])
                seen += 1
                if found := unsupported(turns[place].text, given):
                    flagged.append((found, turns[place].text))
    assert seen > 200
    assert flagged == []


def test_a_day_without_its_month_is_no_day_that_was_given() -> None:
    assert unsupported("納期は2028年10日です。", "納期: 2028年3月10日") == ("2028年10日",)
    assert unsupported("納期は2028年3月10日です。", "納期: 2028年3月10日") == ()


@pytest.mark.parametrize(
    ("answer", "given", "found"),
    [
        ("納期は6月4日午前です。", "納期: 6月4日\n報告日: 2月2日午前", ("6月4日午前",)),
        ("納期は2月2日午前です。", "納期: 6月4日\n報告日: 2月2日午前", ()),
        ("2月2日（月）の午前に伺います。", "2月2日(月)の午前中なら空いています。", ()),
        ("2月2日に伺います。", "2月2日午前なら空いています。", ()),
        ("2月2日午後に伺います。", "2月2日午前なら空いています。", ("2月2日午後",)),
        ("納期は3月17日14時17日14時です。", "納期: 3月17日14時", ("3月17日14時17日14時",)),
        ("納期は3月17日14時です。", "納期: 3月17日14時", ()),
        ("ご報告は6月8日］を予定しております。", "報告日: 6月8日", ("6月8日]",)),
        ("ご報告は［6月8日］を予定しております。", "報告日: ［6月8日］", ()),
        ("Dear Mr Yates Automation,", "Regards,\nMr Yates\nQuarn Automation", ("Yates Automation",)),
        ("Dear Mr Yates,", "Regards,\nMr Yates\nQuarn Automation", ()),
        ("Dear Boris Engineering,", "Boris Yates\nQuarn Engineering", ("Boris Engineering",)),
        ("Dear Boris Engineering,", "Boris Yates, Quarn", ("Engineering",)),
        ("Dear Quarn Engineering,\nDear Quarn Support Team,", "Boris Yates\nQuarn Engineering", ()),
        (
            "佐久間れと窒化処理様、\n承知しました。",
            "焼入れと窒化処理も対応されていますか。\n品質保証部 佐久間",
            ("佐久間れと窒化処理",),
        ),
        ("いろは製作所ねじ課の佐藤様、\n承知しました。", "いろは製作所ねじ課の佐藤です。", ()),
        ("ご購入済みの皆様、\n承知しました。", "佐藤です。", ()),
        ("TEL-06-4479-5415の件です。", "台座について。TEL 06-4479-5415", ("TEL-06-4479-5415",)),
        ("TEL 06-4479-5415へ。PO-7781です。", "TEL-06-4479-5415。PO 7781", ()),
        ("納期は2029年4月22日12時（火）です。", "納期: 2029年4月22日12時", ("2029年4月22日12時(火)",)),
        ("納期は4月22日12時（日）です。", "納期: 4月22日（日） 12時", ()),
        ("納期は4月22日12時（月）です。", "納期: 4月22日（日） 12時", ("4月22日12時(月)",)),
        ("納期は4月22日12時（火）です。", "納期: 4月22日12時\n報告日: 5月1日（火）", ("4月22日12時(火)",)),
        ("納期は2月14日17時です。", "納期: 2月14日\n報告日: 6月16日17時", ("2月14日17時",)),
        ("納期は6月16日 17時です。", "納期: 2月14日\n報告日: 6月16日17時", ()),
        ("納期は2月14日17時です。", "2月14日に、17時までに。報告日: 6月16日17時", ()),
        ("We report on Friday, 26 May Thank you.", "Thank you. Friday, 26 May", ("26 May Thank",)),
        ("On 26 May you will hear from us. Thank you.", "Friday, 26 May", ()),
        ("Our next report is on 11 -ugust.", "report date: 11 August", ("11 -ugust",)),
        ("Our next report is on 28 July,ack.", "report date: 28 July", ("28 July,ack",)),
        ("It ships on 24 April,--.", "delivery date: 24 April", ("24 April,--",)),
        ("It ships on April 19  yen each.", "delivery date: April 19", ("April 19  yen",)),
        ("It ships on 24 April, and we call you.", "delivery date: 24 April", ()),
        ("担当は長長長でございます。", "担当者: 長尾", ("長長長",)),
        ("It costs 11 - a box has 12.", "11, 12", ()),
        ("We report on Friday, 14 Fletcher.", "Friday, 14 February. Contact: Ms Fletcher", ("Friday, 14 Fletcher",)),
        ("We report on Friday, 14 February.", "Friday, 14 February. Contact: Ms Fletcher", ()),
        ("The delivery date is 28 Bishop.", "28 November. Mr Bishop", ("28 Bishop",)),
        ("We ship 28 Bearings on 28 November.", "28 November, 28 bearings", ()),
        ("We ship 28 and 29 November.", "28 and 29 November", ()),
        ("The delivery date is 23 . 23 October.", "23 October", ("23 . 23 October",)),
        ("It ships on Friday, 24 ember.", "Friday, 24 September", ("24 ember",)),
        ("It ships on No shipmentmber 20.", "No promises.\ndate: November 20", ("shipmentmber 20",)),
        ("It ships on March 15 ur wharch 15.", "date: March 15", ("wharch 15",)),
        ("Order number 20, member 12, chamber 3, research 15.", "20, 12, 3 and 15", ()),
        ("担当は品質保証部の長答えると伝えるでございます。", "日を伝える\n担当: 長尾", ("長答えると伝える",)),
        ("担当は品質保証部の長尾でございます。", "日を伝える\n担当: 品質保証部の長尾", ()),
        (f"Dear Simon {'woodon ' * 9}woodon,", "This is Simon Underwood.", ("woodon",)),
        ("Our next report is on 22  22 .", "22 November", ("22  22",)),
        ("Ask for Ms May.", "contact: Ms Webster", ("Ms May",)),
        ("Ask for Ms May in May.", "contact: Ms May", ()),
        ("The delivery date is Apr ex 19.", "delivery date: April 19", ("Apr ex 19",)),
        ("From April to 19 May or in April at 19 o'clock.", "April, 19 May, 19 o'clock", ()),
        ("Dear Sales,\nDear all,", "Boris Yates\nQuarn Engineering", ()),
        ("Your contact is Ms We will report to you by 10 March.", "contact: Ms Quinn, 10 March", ("Ms We",)),
        ("Dear Ms or Mr Quinn,", "Quinn", ()),
        ("Dear Ms You,", "Regards,\nMs You\nQuarn", ()),
        ("Dear Aya Tanaka,", "I am Aya\nTanaka from Quarn", ()),
        ("Dear Dana Wells,", "First name: Dana\nLast name: Wells", ()),
        ("2月2日午前に伺います。", "2月2日、午前が空いています。", ()),
        ("2月2日午前に伺います。", "2/2 AMにお願いします。", ()),
        ("2月2日午後に伺います。", "2月2日は午前も午後も可です。", ()),
        ("2月2日午前10時に伺います。", "2月2日 10時にお願いします。", ()),
        ("納期は5月23日16時午前です。", "納期: 5月23日16時", ("5月23日16時午前",)),
        ("納期は5月23日16時です。", "納期: 5月23日16時", ()),
        ("シャフトに傷があ様、\n承知しました。", "シャフトに傷がありました。", ("シャフトに傷があ",)),
        ("自由が丘精機の田中様、\n承知しました。", "自由が丘精機の田中です。", ()),
        ("本件の担当は［責任様、\n承知しました。", "誰が責任を取るんだ。", ("本件の担当は[責任",)),
        ("御社 supplierのお様、\n承知しました。", "御社へのご連絡は初めてです。", ("御社 supplierのお",)),
        ("次回は6月1日午木を予定しております。", "報告日: 6月1日午前", ("6月1日午木",)),
        ("We deliver on 21 July July.", "delivery date: 21 July", ("21 July July",)),
        ("We report on September 11 February.", "September 11, 11 February", ("September 11 February",)),
        ("On 3 May May I call you?", "3 May", ()),
        ("We report on 28 December May.", "28 December", ("28 December May",)),
        ("The delivery date is June 19.-66.", "June 19, NCB-9333-66", ("June 19.-66",)),
        ("担当は技術課の五十嵐様、お届け］でございます。", "担当者: 技術課の五十嵐", ("お届け]",)),
        ("Dear businessoke,\nWe check it.", "This is a joke.", ("businessoke",)),
        ("Dear I am notvet,\nWe check it.", "I am not laughing.", ("I am notvet",)),
        ("We report on 24  units.", "report date: 24 September\n1900 parts", ("24",)),
        ("We report on 25 11.", "report date: 25 April\nLot 11", ("25 11",)),
        ("It comes on 28 61334.\nThank you.", "delivery date: 28 November\norder 61334", ("28 61334",)),
        ("Call 25 25 30.", "telephone 25-25-30", ()),
        ("次回は11月21日11月21日11時です。", "報告日: 11月21日11時", ("11月21日11月21日",)),
        ("We report on May October 2028.", "report date: May 19\n30 October 2028", ("May October",)),
        ("We may ship in May or October.", "May or October", ()),
        ("汝隷化 浅野様、\n確認します。", "汝隷化工の浅野です。", ("汝隷化 浅野",)),
        ("田中工業 鈴木様、\n確認します。", "田中工業株式会社の鈴木です。", ()),
        ("山田製作所 品質保証課 鈴木 一郎様、\n確認します。", "山田製作所\n品質保証課長 鈴木一郎", ()),
        ("担当は長尾Say尾en技術です。", "担当者: 長尾\n技術部 Say", ("尾Say尾en",)),
        ("御社Web担当と弊社email窓口です。", "御社Web担当", ()),
        ("We report on 25 25 25.", "report date: 25 April", ("25 25 25",)),
        ("We report on 25 25 April.", "report date: 25 April", ("25 25",)),
        ("You reach us on 25 25 30, or on 250 25.", "Telephone: 25 25 30, 250 25", ()),
        ("Dear to joke,\nWe check it.", "This is a joke.", ("to joke",)),
        ("Dear was short,\nWe check it.", "The delivery was short.", ("was short",)),
        ("Dear Van der Berg and team,", "Jan Van der Berg", ()),
        ("Dear esteemed partner,\nDear purchasing team,", "Hello", ()),
        ("（納期［6月8日］）の件です。", "納期: 6月8日", ()),
        ("Your order [8 June] ships.", "delivery date: 8 June", ()),
    ],
)
def test_what_is_put_together_out_of_what_was_given(answer: str, given: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, given) == found


STEPS = "手順:\n{}お詫びする\n{}確認する\n{}折り返す"


@pytest.mark.parametrize(
    "marks", [("1. ", "2. ", "3. "), ("(1) ", "(2) ", "（3）"), ("①", "②", "③"), ("1) ", "2) ", "3) ")]
)
def test_the_numbers_of_a_list_give_no_value(marks: tuple[str, ...]) -> None:
    given = STEPS.format(*marks) + "<|customer|>1. PO-4500を12個\n2. PO-4501"
    assert unsupported("3日以内にお届けし、2%お値引きします。", given) == ("3", "2")
    assert unsupported("①PO-4500を12個\n(2) PO-4501を確認いたします。", given) == ()


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        ("Regarding question 2, we check it.", "1. When does it ship?\n2. What is the price?"),
        ("ご質問の(1)と(2)を確認いたします。", "(1) 納期は?\n(2) 価格は?"),
    ],
)
def test_an_answer_may_refer_to_a_numbered_question(answer: str, given: str) -> None:
    assert unsupported(answer, given) == ()
    assert unsupported(f"{answer} 2日", given) == unsupported(f"{answer} 2%", given) == ("2",)


def test_a_number_that_begins_a_line_and_no_list_is_a_value() -> None:
    assert unsupported("We have 12.", "We need 20 of part\n12. Please hurry.") == ()


@pytest.mark.parametrize(
    ("answer", "given", "found"),
    [
        ("It costs $450 each.", "price: 450 yen each", ("450",)), ("450ドルです。", "価格: 450円", ("450",)),
        ("450ユーロです。", "価格: $450", ("450",)), ("It is 30 m long.", "length: 30 mm", ("30",)),
        ("It is 30m long.", "length: 30mm", ("30m",)), ("It weighs 30 kg.", "weight: 30 g", ("30",)),
        ("10割お返しします。", "値引き: 10%", ("10",)), ("保証は3か月です。", "3月に購入", ("3",)),
        ("14時間かかります。", "訪問: 14時", ("14",)), ("3日以内にお届けします。", "納期: 12月3日。", ("3",)),
        ("It ships within 3 days.", "delivery date: 3 December", ("3",)),
        ("本日10:00にお電話します。", "ボルト1,000個", ("10:00",)), ("15:00にお電話します。", "1,500個", ("15:00",)),
        ("300-207の件です。", "注文番号 300207", ("300-207",)), ("Order 300 207.", "300207", ("300", "207")),
        ("300-207の件です。", "注文番号 300 207", ()), ("電話は03-1234-5678です。", "0312345678", ()),
        ("電話は+81-3-1234-5678です。", "+81312345678", ()),
        ("Call +81-3-1234-5679.", "+81312345678", ("+81-3-1234-5679",)),
        ("PO-300207の件です。", "PO300207", ()), ("770-WG16です。", "770WG16", ()),
        ("単価は7,781円です。", "PO-7781", ("7,781",)), ("6379円です。", "連絡先 043-4121-6379", ("6379",)),
        ("30分以内に伺います。", "訪問: 14:30", ("30",)), ("2個です。", "在庫: 1個", ("2",)),
        # The end of a fraction is no number.
        ("5%お値引きします。", "0.5%の値引き", ("5",)), ("It costs $50.", "$12.50", ("50",)),
        ("公差は25mmです。", "公差は1.25mm", ("25mm",)), ("公差は5 mmです。", "公差は0.5 mm", ("5",)),
        ("No.5が12.5 kgです。", "No.5 12.5 kg", ()), ("0.5%です。", "0.5%の値引き", ()),
        # A number that was cut off another; but people leave letters out.
        ("ご注文2025の件です。", "注文番号は2025-0815です。", ("2025",)),
        ("Order 0815 ships.", "Order 2025-0815", ("0815",)),
        ("Order 7781 ships.", "PO-7781", ()), ("between 3 and 5", "3-5 days", ()), ("2025-0815です。", "2025-0815", ()),
        # One hyphen is like another.
        ("AB-123の件です。", "部品番号AB−123", ()), ("AB-123の件です。", "品番 ABー123", ()),
        ("AB−123の件です。", "品番 XY-123", ("AB-123",)), ("ABー123の件です。", "品番 XY-123", ("AB-123",)),
        ("カラー770です。", "カラー770", ()),
        # Brackets in a phone number.
        ("03-1234-5678へ。", "(03)1234-5678", ()), ("03-1234-5678へ。", "03(1234)5678", ()),
        ("Call 555-123-4567.", "(555) 123-4567", ()), ("It is 300-207.", "300(207)", ("300-207",)),
    ],
)  # fmt: skip
def test_a_number_counts_together_with_its_unit(answer: str, given: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, given) == found


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        ("30 pcs, 30 pieces", "在庫: 30個"), ("30pcsです。", "在庫: 30個"), ("¥450です。", "450円"),
        ("450円です。", "price:450 yen"), ("450円です。", "450/pc"), ("a 30-day warranty", "30 days"),
        ("30 days", "a 30-day warranty"), ("30mmの穴", "30 ミリ"), ("穴は30mmです。", "30 個、30mm"),
        ("3 months", "3ヶ月"), ("12月中に、3日にお届けします。2026年です。", "納期: 2026年12月3日"),
        ("お届けは3日以降です。", "納期: 12月3日"),
        ("We ship in 3 days.", "in three days"), ("We ship in three days.", "3 days"), ("三日です。", "three days"),
        ("24 hours", "twenty-four hours"), ("1,206 pieces", "twelve hundred and six pieces"),
        ("5,000,000 yen", "5 million yen"), ("500万円です。", "5 million yen"), ("60 pieces", "five dozen pieces"),
        ("within one day", "within a day or 1 day"), ("within one week", "within 1 week"),
        # The other end of a range, whose month is said once.
        ("12月5日です。", "納期: 12月3日〜5日"), ("12月5日です。", "12月3日（木）から5日まで"),
        ("December 5", "December 3-5"), ("December 5", "December 3 to 5"), ("3 December", "3 to 5 December"),
        ("3rd of December", "3–5 December"), ("12月3日です。", "納期: 2025.12.3"), ("2025.12.3", "2025年12月3日"),
        ("We ship in December 2026.", "3 December 2026"), ("5日以内です。", "3-5日"), ("3日です。", "3-5日"),
        ("価格は1個450円です。", "価格: 450円"),
    ],
)  # fmt: skip
def test_the_same_unit_may_be_written_in_many_ways(answer: str, given: str) -> None:
    assert unsupported(answer, given) == ()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("三営業日以内に伺います。", ("三営業日",)),
        ("We reply within three working days.", ("three working days",)),
        ("We call within twenty-four hours, not two weeks.", ("twenty-four hours", "two weeks")),
        ("We hold five hundred pieces and a ten percent discount.", ("five hundred pieces", "ten percent")),
        ("We hold one thousand two hundred and six pieces.", ("one thousand two hundred and six pieces",)),
        ("It comes within one week. It takes a dozen days.", ("one week",)),
        ("The fee is 5 million yen.", ("5 million yen",)),
        ("One of us calls you; one unit is enough, two of us check it, and for two reasons.", ()),
        ("三割引きです。", ("三割",)),
        ("十パーセント引きです。", ("十パーセント",)),
        ("五箱です。", ("五箱",)),
        ("三セットです。", ("三セット",)),
        ("二十キロです。", ("二十キロ",)),
        ("八十名です。", ("八十名",)),
        ("一週間以内に伺います。", ("一週",)),
        ("一か月以内に伺います。", ("一か月",)),
        ("一営業日後に伺います。", ("一営業日",)),
        ("一週間後ろへ、一か月ほど、百名山と箱根、二つ割る", ()),
    ],
)
def test_terms_and_shares_in_kanji(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, "") == found


@pytest.mark.parametrize(
    ("answer", "given", "found"),
    [
        ("12月3日（月曜日）です。", "納期: 12月3日", ("12月3日",)),
        ("12月3日月曜日です。", "納期: 12月3日", ("12月3日",)),
        ("It ships on 3 December (Monday).", "delivery date: 3 December", ("3 December",)),
        ("12月3日（木）です。", "納期: 12月3日（木曜日）", ()),
        ("納期は3日（月）です。", "納期: 12月3日", ("3",)),
        ("納期は3日（木）です。", "納期: 12月3日（木）", ()),
        ("納期は3日木曜日です。", "納期: 12月3日（木）", ()),
        ("納期は3日（月）です。", "納期: 12月3日（木）", ("3",)),
        ("納期は3日（木）です。", "納期: 3日（木）午前", ()),
        ("納期は3日（月）です。", "納期: 3日（木）午前", ("3",)),
        ("納期は3日（月）です。", "納期: 3日", ("3",)),
        ("納期は3日（予定）です。", "納期: 12月3日", ()),
        ("12月3日（Wednesday）です。", "納期: 12月3日（水）", ()),
        ("It ships on Thursday, 3 December.", "納期: 12月3日（木）", ()),
        ("It ships on Friday, 3 December.", "納期: 12月3日（木）", ("3 December",)),
        ("14:30に伺います。", "訪問: 14時30分", ()),
        ("12月3日14時30分です。", "訪問: 12月3日 14:30", ()),
        ("14:30に伺います。", "訪問: 14時", ("14:30",)),
        ("午前2時に伺います。", "訪問: 14:00", ("午前2時",)),
        ("午後2時に伺います。", "訪問: 14:00", ()),
        ("We call at 2 pm or 2 p.m.", "visit: 14:00", ()),
        ("14:00に伺います。", "visit: 2 pm", ()),
        ("9時から17時です。", "受付: 9-17時", ()),
        ("14〜16時です。", "訪問: 14時〜16時", ()),
        ("3-5日です。", "3〜5日", ()),
        ("3〜5日です。", "3-5日", ()),
        ("3–5日です。", "3~5日", ()),
        ("We ship on 3 December. Monday is a holiday.", "delivery date: 3 December", ()),
        ("We ship on 3 Dec. (Monday).", "delivery date: 3 Dec.", ("3 Dec",)),
        ("We ship on 3 December.", "delivery date: 3 Dec., Monday", ()),
    ],
)
def test_weekdays_and_times_count_however_they_are_written(answer: str, given: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, given) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("弊社の佐藤よりご連絡いたします。", ("佐藤",)),
        ("当社の鈴木が折り返しお電話いたします。", ("鈴木",)),
        ("営業の佐藤からお電話いたします。", ("佐藤",)),
        ("私、佐藤が承ります。", ("佐藤",)),
        ("佐藤でございます。", ("佐藤",)),
        ("当社の鈴木が、後ほどご連絡いたします。", ("鈴木",)),
        ("弊社の佐藤が責任を持って対応いたします。", ("佐藤",)),
        ("弊社の佐藤より、確認次第ご連絡いたします。", ("佐藤",)),
        ("承知しました。\n敬具\n株式会社ABC 営業部 佐藤", ("佐藤",)),
        ("承知しました。\n営業部 佐藤", ("佐藤",)),
        ("We check it.\nBest regards,\nEmily", ("Emily",)),
        ("Petrov will call you.", ("Petrov",)),
        # Ordinary words.
        ("弊社の工場よりご連絡し、弊社の製品が対応し、当社の技術者が伺います。弊社の営業所から回答します。", ()),
        ("以上でございます。\n無料でございます。\n敬具\n営業部", ()),
        ("Someone will call you. Accounts will see. We will reply.\nKind regards,\nYour Sales Team", ()),
        ("Thanks for waiting\nWe are here", ()),
        ("弊社の手配が完了し次第ご連絡いたします。弊社の準備が整い次第、ご案内いたします。", ()),
        ("弊社の在庫状況が分かり次第ご連絡いたします。弊社の調査結果が出次第、ご連絡いたします。", ()),
        ("弊社の見積が完成次第、ご連絡いたします。弊社の検査が終わりましたらご連絡いたします。", ()),
        ("弊社の回収が対応でき次第、ご連絡いたします。", ()),
        ("当社の品質管理より回答いたします。弊社の担当営業よりご連絡いたします。", ()),
        ("調査中でございます。手配中でございます。欠品でございます。税込でございます。", ()),
        ("Photos would help us find the cause. These will help us. What would help is a photo.", ()),
        ("Dispatch will contact you. Reception can help you.\nKind regards,\nParts Team", ()),
    ],
)
def test_people_of_one_s_own_are_named_by_somebody(answer: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, "お世話になります。") == found
    assert unsupported(answer, "佐藤、鈴木、Emily、Petrov") == ()


def test_a_person_of_one_s_own_may_come_at_a_time_that_was_given() -> None:
    assert unsupported("弊社の佐藤が12月3日に伺います。", "訪問: 12月3日") == ("佐藤",)


@pytest.mark.parametrize("name", ["田中", "山中", "牛込", "佐藤友理"])
def test_a_name_that_ends_like_an_ordinary_word_is_a_name(name: str) -> None:
    assert unsupported(f"弊社の{name}よりご連絡いたします。", "") == (name,)


@pytest.mark.parametrize(
    ("answer", "given", "found"),
    [
        ("support@acme-parts.comへどうぞ。", "acme", ("support@acme-parts.com",)),
        ("See www.acme-parts.com/track.", "www.acme-parts.com", ("www.acme-parts.com/track",)),
        ("Write to a@acme.com.", "b.a@acme.com, a@acme.com.au", ("a@acme.com",)),
        ("support@acme.comへどうぞ。", "連絡先はsupport@acme.com。", ()),
        ("See https://www.acme.com/ and acme.com.", "www.acme.com.", ()),
    ],
)
def test_addresses_count_as_a_whole(answer: str, given: str, found: tuple[str, ...]) -> None:
    assert unsupported(answer, given) == found


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "Aa",
        "\n",
        "\n ",
        "a@",
        "1,",
        "6月8日14時",
        "1. ",
        "佐藤でございます。",
        "regards\n",
        "Petrov from our a",
        "one ",
        "5 million ",
        "鈴木",
        "12月3日〜",
        "担当:",
        "営業",
    ],
)
def test_a_long_text_of_one_kind_takes_no_time(text: str) -> None:
    def work(long: str) -> None:
        unsupported(long, "納期: 6月8日")
        unsupported("納期は6月8日、3個です。", long)

    assert growth(work, text, 8_000) < IN_LINE


@pytest.mark.parametrize("tail", ["1", "14時17日", "1-", "(", "]"])
def test_an_answer_that_runs_on_takes_no_time(tail: str) -> None:
    assert growth(lambda long: unsupported(f"納期は6月8日{long}:", "納期: 6月8日"), tail, 8_000) < IN_LINE
