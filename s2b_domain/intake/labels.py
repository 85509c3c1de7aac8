"""What columns are called: normalised labels and the words that name each target field, in two languages.

A word's place in its list is its rank: where several columns could be the same field, the better rank wins.
"""

import re
import unicodedata
from functools import lru_cache

WORDS: dict[str, str] = {
    "sku_code": """
        sku编码 sku编号 sku代码 sku货号 sku码 skucode sku skuid skuno 商品编码 商品编号 商品代码
        产品编码 产品代码 物料编码 商家编码 规格编码 商品货号 货号 货品编码 货品编号 货品号 存货编码
        自编码 店内码 编码 编号 代码 款号 itemcode itemno itemnumber itemsku productcode productsku
        articleno articlenumber partno partnumber variantsku suppliersku code
    """,
    "product_key": """
        产品编号 spu编码 spu编号 spu spuid spucode 产品货号 商品款号 款号 款式编码 货号 商品id 产品id
        系列编号 styleno stylecode stylenumber parentsku handle urlhandle productid productgroup
        groupcode parent
    """,
    "title": """
        商品名称 商品名 产品名称 产品名 品名 商品标题 标题 货品名称 物品名称 物料名称 存货名称 宝贝名称
        宝贝标题 名称 名字 全名 商品全名 商品 产品 productname itemname producttitle title name
        productdescription product item goodsname
    """,
    "brand": """
        品牌 品牌名称 商品品牌 牌子 brand brandname vendor
    """,
    "category": """
        商品分类 商品类目 商品类别 类目 分类 分类名称 类别 品类 所属分类 商品分组 大类 中类 小类
        一级分类 二级分类 三级分类 一级类目 二级类目 三级类目 四级类目 部门 category categories
        productcategory categorypath categoryname department group producttype type
    """,
    "description": """
        商品描述 商品详情 产品描述 商品介绍 产品介绍 详情描述 描述 详情 简介 卖点 商品卖点 description
        body bodyhtml longdescription details shortdescription
    """,
    "barcodes": """
        商品条码 商品条形码 条形码 条码 国际条码 国条码 69码 条码/19码 19码 条码号 sku条码 barcode
        barcodes eancode ean ean13 upc upccode gtin gtinupceanorisbn gtincode isbn isbn码 isbn号
        variantbarcode
    """,
    "unit": """
        单位 计量单位 销售单位 基本单位 库存单位 商品单位 unit units uom unitofmeasure
    """,
    "supply_price": """
        供货价 供货价格 供应价 供价 供货单价 拿货价 出厂价 批发价 批发价格 批发单价 分销价 结算价 采购价
        含税单价 含税价 单价 价格 现价 报价 商品价格 销售价 售价 销售价格 销售单价 wholesaleprice
        supplyprice tradeprice unitprice price sellingprice saleprice listprice 进货价 进价 进货价格
        成本价 成本 成本单价 costprice costperitem cost unitcost 供货 批发 wholesale
    """,
    "tiers": """
        阶梯价 阶梯价格 批发阶梯价 阶梯批发价 区间价 区间价格 价格区间 数量价格 起批量/阶梯价 起批价 批量价
        tierprice tierprices tieredprice tieredpricing pricetiers pricebreaks volumeprice volumepricing
        quantityprice bulkprice pricerange
    """,
    "dropship_price": """
        代发价 代发价格 一件代发价 一件代发价格 代销价 代发单价 dropshipprice dropshippingprice
        代发
    """,
    "dropship_allowed": """
        可代发 是否代发 支持代发 是否支持代发 支持一件代发 是否一件代发 一件代发 代发 dropship
        dropshipping dropshipallowed
    """,
    "retail_price": """
        建议零售价 零售价 建议售价 市场价 吊牌价 零售价格 零售单价 指导价 统一零售价 划线价 原价 销售价
        售价 retailprice rrp msrp suggestedretailprice srp compareatprice compareat marketprice 零售
    """,
    "weight_g": """
        重量 毛重 商品重量 单重 单件重量 包裹重量 净重 克重 weight grossweight netweight variantgrams
        grams weightvalue shippingweight
    """,
    "min_qty": """
        起批量 起订量 起批数 起批数量 起订数量 最小起订量 最小起批量 最小订购量 最低起订量 最小订货量
        起购量 起售量 moq minqty minorderqty minimumorderquantity minimumquantity minquantity
        minimumorder 起批 起订
    """,
    "order_step": """
        订购倍数 起订倍数 订货倍数 订购步长 增量 递增数量 加购倍数 orderstep ordermultiple stepqty
        quantitystep multiple
    """,
    "tax_rate_bp": """
        税率 增值税率 销项税率 税点 taxrate vatrate vat tax
    """,
    "tax_code": """
        税收分类编码 税收编码 税务编码 税收分类码 税目编码 税收商品编码 商品税收编码 taxcode
        taxcategorycode
    """,
    "stock_qty": """
        库存 库存量 库存数 库存数量 当前库存 可用库存 现有库存 可售库存 实际库存 总库存 商品库存 现货
        现货数量 期初库存 结存 结存数量 数量 stock stockqty stockquantity quantity qty inventory
        inventoryqty inventoryquantity onhand available availableqty qtyonhand instock
        variantinventoryqty inventorycount qtyavail qtyavailable stockonhand
    """,
    "on_sale": """
        是否上架 上下架 上架状态 上架 发布状态 商品状态 销售状态 是否在售 是否启用 状态 在售 published
        status onsale active enabled available? publishedononlinestore
    """,
    "image_urls": """
        商品图片 图片 主图 商品主图 图片链接 图片地址 图片url 主图链接 主图地址 产品图片 商品图 缩略图
        images image imageurl imageurls imagesrc picture pictures photo mainimage productimageurl
        imagelink
    """,
}

SPECS = """
    颜色 颜色分类 颜色规格 色号 花色 尺码 尺寸 码数 鞋码 大小 规格 商品规格 规格型号 规格值 型号 款式
    口味 味道 香型 容量 版本 套餐 内存 度数 color colour size flavor flavour style variant model
    specification spec capacity pattern scent
"""

PARAMETERS = """
    产地 原产地 生产地 保质期 材质 成分 配料 配料表 净含量 净重 生产日期 执行标准 储存条件 贮存条件
    生产商 生产厂家 厂家 制造商 适用人群 适用年龄 面料 功率 电压 等级 箱规 装箱数 装箱量 包装规格 包装
    批准文号 生产许可证 上市时间 季节 性别 origin countryoforigin material manufacturer
    ingredients shelflife packaging packing cartonqty casepack casequantity gender season
"""

_TRADITIONAL = str.maketrans(
    "編號碼規產貨條國際單價稱標題類別級門組詳簡紹賣點計銷庫數現實總結狀態發啟圖鏈縮顏樣內儲貯執準淨質適齡壓電裝證許時間節"
    "廠務稅購訂進階區範圍額餘項錄應層開關傳選須種贈運費遞優會員倉鋪損報廢盤虧備註說屬體積長寬經權個議線無為與過達徑濟",
    "编号码规产货条国际单价称标题类别级门组详简绍卖点计销库数现实总结状态发启图链缩颜样内储贮执准净质适龄压电装证许时间节"
    "厂务税购订进阶区范围额余项录应层开关传选须种赠运费递优会员仓铺损报废盘亏备注说属体积长宽经权个议线无为与过达径济",
)
"""Sheets from Hong Kong and Taiwan call their columns the same in other characters."""
_BRACKETS = re.compile(r"[(\[{【（〔「][^)\]}】）〕」]*[)\]}】）〕」]")
_MARKS = re.compile(r"[\s*＊:：、,，.。/\\\-_—?？!#'\"“”‘’]+")
_NOTES = re.compile(r"(必填|选填|必须|可选|非必填|必录|required|optional)$|^(必填|选填|required|optional)")
_NUMBERED = re.compile(r"(item|style|part|article|product)\s*#\s*$")
_UNIT = re.compile(r"(?i)\b(kg|g|mg|lbs?|oz)\b|(千克|公斤|克|斤|万元|元|分|%|％)")


@lru_cache(maxsize=20_000)
def normal(label: str) -> str:
    """A label's bare word: half width, lower case, simplified, without brackets, marks, spaces and 必填 notes."""
    text = unicodedata.normalize("NFKC", label).lower().translate(_TRADITIONAL)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\n\t")
    text = _NUMBERED.sub(r"\1no", text.rstrip())
    bare = _MARKS.sub("", _BRACKETS.sub("", text))
    bare = bare or _MARKS.sub("", re.sub(r"[()\[\]{}【】]", "", text))
    return _NOTES.sub("", bare)


@lru_cache(maxsize=20_000)
def unit_in(label: str) -> str:
    """The unit that a label names, such as "kg" in 重量(kg) or "元" in 单价/元; "" if none."""
    found = _UNIT.search(unicodedata.normalize("NFKC", label).lower().translate(_TRADITIONAL))
    return (found.group(1) or found.group(2)) if found else ""


def _ranks() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for field, words in [*WORDS.items(), ("specs", SPECS), ("parameters", PARAMETERS)]:
        for rank, word in enumerate(words.split()):
            table.setdefault(normal(word), {}).setdefault(field, rank)
    return table


_RANKS = _ranks()
_LONG = sorted((word for word in _RANKS if len(word) >= 2 and not word.isascii()), key=len, reverse=True)
_ENDINGS = re.compile(r"(id|url|路径|备注|说明|规则|类型|方式|日期|时间|人|原因|前库存|后库存|预警值|预警|上限|下限)$")
_OTHERS = re.compile(
    r"(品牌|分类|类目|供应商|供货商|客户|仓库|仓位|单位|员工|门店|厂家|生产商|公司|店铺)(编码|编号|代码|名称|名|码)"
    r"|销量|已售|(销售|订单|订货|采购|变动|预警|操作|退货|损耗)(数|量|价?金额)|金额|总价|小计|毛利"
)


@lru_cache(maxsize=20_000)
def fields_named(label: str) -> tuple[tuple[str, int, bool], ...]:
    """Fields that a label may mean: (field, rank, exact), exact names first. Empty if it means none."""
    word = normal(label)
    if not word:
        return ()
    exact = _RANKS.get(word)
    if exact:
        return tuple((field, rank, True) for field, rank in exact.items())
    if _ENDINGS.search(word) or _OTHERS.search(word) or len(word) > 16:
        return ()
    for known in _LONG:
        if known in word:
            return tuple((field, rank, False) for field, rank in _RANKS[known].items())
    return ()
