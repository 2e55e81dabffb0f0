"""What stands around a number, and the words by which a sentence says that it counts or does something."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indicators.extraction.amounts import Amount

# Right before a number: words of quantity.
COUNTING = re.compile(
    r"(?:至少|最少|最多|至多|不[少低]於|不超過|不逾|達到?|共計?|計|合計|總計|累計|逾|超過|"
    r"各|約|近|另|僅|辦理?|再|為|增[加設聘為至]?|減[少為至]?|新增|"
    r"縮短|提前|延長|提升|提高|降低|下降|成長|增長|:|\(|每[^,;。\d]{1,5}|年|月|季|週|次數|件數|人數|場數|[至到]|"
    r"低於|少於|高於|多於|滿|分|分成|分為)$"
)

# Somewhere before it: what an office does, so that a number after it is one of its doings.
_DOINGS = (
    r"辦理|邀集|召集|動員|號召|聯合|深入|前往|巡迴|舉辦|召開|開辦|開設|招募|召募|募集|"
    r"增設|增加|新增|增闢|設置|建置|建立|完成|發行|出版|編印|編製|印製|製作|發放|發布|"
    r"刊登|刊載|登載|參加|參與|訪視|"
    r"訪查|查核|檢查|抽查|抽測|抽檢|稽查|巡查|巡檢|檢核|演練|演習|宣導|輔導|協助|提供|"
    r"補助|表揚|種植|栽種|栽植|植栽|認養|清除|清理|清掃|疏濬|修繕|"
    r"維修|改善|整修|更新|汰換|購置|採購|拜訪|培訓|訓練|節省|節約|減少|縮短|提升|提高|"
    r"降低|達成|受理|調解|媒合|轉介|服務|輸出|推動|推出|規劃|結合|"
    r"邀請|拍攝|上架|開發|研提|提出|提案|簽訂|成立|組成|組訓|執行|實施|回收|捐血|捐贈|"
    r"募得|徵集|運用|走訪|觀摩|參訪|舉行|承辦|合辦|主辦|擴大|"
    r"擴增|爭取|榮獲|獲得|通過|取得|出席|審查|查報|拆除|取締|勸導|撲滅|投藥|消毒|分送|"
    r"配送|寄發|蒐集|訪談|填寫|調查|輪調|派員|安排|展出|演出|徵選|"
    r"選拔|評選|評比|頒發|核發|整理|清查|銷毀|彙整|測試|施作|鋪設|裝設|架設|導入|試辦|"
    r"簡化|刪減|檢討|修正|訂定|編撰|研習|講習|座談|競賽|比賽|展覽|活動|會議"
)
PERFORM = re.compile(_DOINGS)
JUST_DONE = re.compile(rf"(?:{_DOINGS})$")


@dataclass(frozen=True)
class Site:
    """A number with what stands around it, all in folded text.

    `lead` is the clause before the number, back to the number before it; `tail` the text after the
    measure word; `sentence` and `rest` reach from the beginning and to the end of the sentence.
    """

    amount: Amount
    lead: str
    tail: str
    rest: str
    sentence: str
    in_heading: bool

    @property
    def word(self) -> str:
        return self.amount.counted_in
