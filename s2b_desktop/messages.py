"""What people read of codes, commands and states, in their language. No Qt here.

Every text says what happened and what to do; what is safe is said where somebody could fear a loss. A test finds
every code in the sources and asks for its text in both languages.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Literal

from s2b_desktop import after_sales_text
from s2b_desktop.carriers import waybill_text
from s2b_desktop.offer_text import offer_text
from s2b_desktop.text import calendar_day, clauses, count, listed, money, quantity, tr, unit_price
from s2b_domain.errors import Param
from s2b_domain.rules.papers import PaperKind, kind_of

Tone = Literal["ok", "warn", "bad", "accent", "neutral"]

TEXTS: dict[str, str] = {
    # what a rule answers
    "already_closed": "{name} has closed this already. Nothing was changed.",
    "barcode_taken": "Row {row}: the barcode {barcode} of {sku} is that of {other}. A package needs one of its own.",
    "address_required": "The consignee's name, phone and street are missing. Add them and send again.",
    "category_in_use": "This category still has {goods} goods and {children} categories below it. Say where they go.",
    "category_retired": "This category was retired. Choose another one.",
    "taxonomy_unknown": "This is neither the folder of Shopify's taxonomy nor a sheet of categories. A sheet needs a "
    "column “Path (English)” with names such as Food > Drinks, or the columns “Level 1”, “Level 2” and so on.",
    "taxonomy_damaged": "{file} cannot be read as a part of a taxonomy.",
    "taxonomy_too_large": "This taxonomy has more categories or attributes than can be kept.",
    "taxonomy_no_path": "Row {row} has no category path.",
    "taxonomy_levels": "Row {row}: the Chinese and the English path have different numbers of levels.",
    "taxonomy_cell": "Row {row}: {value} is not possible in the column {column}. Possible: {possible}",
    "taxonomy_id": "Row {row}: {value} is no id of this tree. Leave the column {column} out: the path tells which "
    "category is meant.",
    "category_loop": "A category cannot stand below itself. Choose another parent.",
    "changed_meanwhile": "Somebody changed this after you read it. Read it again, then decide.",
    "credit_exceeded": "{supplier} lets you owe {limit} and {used} of it is used: {over} too much. Pay, or ask.",
    "coupon_expired": "The coupons {name} have run out of time. Change their dates first.",
    "coupon_unusable": "{coupon} cannot be used: {why}. It costs {now} instead of {seen}.",
    "coupons_run_out": "Of {name} only {left} are left. Choose fewer people or raise the number.",
    "count_decided": "Somebody has decided on this count already. Look at it again.",
    "command_id_taken": "Another entry has the same id. It is kept here; please contact support.",
    "depends_on_rejected": "It builds on an entry that was not accepted. Correct that first, then send this again.",
    "field_required": "{field} is missing. Fill it in and send again.",
    "field_wrong": "{field} is not valid. Correct it and send again.",
    "freight_default": "{name} is used where nothing else is said. Make another one the default first.",
    "id_taken": "This was already sent. Nothing was done twice.",
    "invoiced_already": "{number} is in another invoice already. Take it out and ask again.",
    "level_in_use": (
        "Somebody has the level {name}. Empty its limits and apply the levels; move who has it by hand yourself."
    ),
    "malformed_command": "This entry cannot be read by the platform. It is kept here; please contact support.",
    "member_known": "{value} belongs to another member of the shop. Merge the two if they are one person.",
    "more_than_open": "{sku}: {quantity} is more than what is still to ship. Correct the quantity and send again.",
    "minimum_amount": "{supplier} delivers from {least} on: {lacking} more for the minimum.",
    "mix_overlaps": "Some of these goods are in {name} already. Goods belong to one group.",
    "mix_short": "{missing} more for the minimum of {name}: any of its goods count.",
    "name_taken": "The name {name} is in use already. Choose another.",
    "no_dropship": "{sku} is not offered for drop-shipping. Remove it, or order it for your own stock.",
    "nobody_may_have_more": "Everybody chosen has {name} as often as one person may.",
    "nobody_to_give": "There is nobody to give it to. Choose members, a tag or a level.",
    "not_approved": "Your company has not been approved yet ({state}). Orders can be placed after approval.",
    "not_found": "This no longer exists on the platform. Nothing was changed.",
    "not_on_sale": "{sku} is no longer on sale. Remove it or choose another, then send again.",
    "not_permitted": "Your role does not allow this. Ask whoever manages your company's accounts.",
    "not_yours": "This belongs to another company. Nothing was changed.",
    "paper_private": "Papers of this kind are never shown to shops: they are for the platform alone.",
    "picture_unreadable": "This is no picture that can be read (JPEG, PNG, WebP, GIF, BMP, TIFF).",
    "picture_address": "This is no web address of a picture.",
    "picture_missing": "There is nothing at this address any more.",
    "picture_unreachable": "This address does not answer. Check the connection and try again.",
    "picture_too_large": "This picture is too large: at most 20 MB and 60 million pixels.",
    "not_a_pdf": "This is no PDF, or it is larger than 20 MB. Choose another file.",
    "nothing_to_invoice": "Nothing is owed for these orders, so there is nothing to invoice.",
    "nothing_to_state": "There is nothing new up to that day since the last statement.",
    "number_taken": "The number {number} is already in use. Send again to get a new one.",
    "order_empty": "The order has no goods. Add at least one and send again.",
    "lease_elsewhere": "This stock is kept for another PC, which may have sold of it. It goes back by itself later.",
    "lease_not_offered": "{supplier} keeps no stock of {sku} for shops. Orders of it wait for confirmation.",
    "lease_over": "The time of this PC's reserve is over or not known. Order as usual; it waits for confirmation.",
    "lease_returned": "This stock was given back already.",
    "lease_too_small": "This PC's reserve does not suffice. Order as usual; it waits for confirmation.",
    "lease_used_up": "No more of {sku} is kept for shops now. Give back what you do not need, or try later.",
    "out_of_stock": "Not enough stock of {sku}: {available} left, {wanted} wanted. Lower the quantity and send again.",
    "credit_not_enough": "Only {limit} of store credit is left. Take less.",
    "points_not_enough": "Only {left} points are left. Take fewer.",
    "price_changed": "The price changed since you looked: {changes}",
    "promotion_began": "{name} has begun: its kind and start stay. End it and copy it to change them.",
    "promotion_over": "{name} would be over at once: its end is past. Give it a later end.",
    "quantity_wrong": "{sku} is sold from {minimum}, in steps of {step}. Correct the quantity and send again.",
    "reason_required": "A reason is missing. Write one and send again.",
    "region_not_served": "{seller} does not deliver to {region}. Take its goods out or change the address.",
    "retail_price_missing": "{sku} has no retail price. Enter one and send again.",
    "row_repeated": "Row {row} repeats the SKU {sku} of row {first}. Keep one of them and import again.",
    "row_wrong": "Row {row}: {field} is not valid. Correct it and import again.",
    "price_level_in_use": "Merchants still have the level {name}. Give them another one first.",
    "state_changed": "This has moved on meanwhile ({state}), so it could not be done. Look at it again.",
    "tag_in_use": "{name} is in offers that have not ended: {offers}. End or change them first.",
    "tiers_wrong": "The price tiers of {sku} must start above 1 and get cheaper as the quantity grows.",
    "too_many_members": "{wanted} members are too many at once; at most {most}. Choose fewer.",
    "gifts_changed": "It costs the same, but its gifts are not those you saw. Look at it again, then decide.",
    "total_changed": "It costs {now} instead of the {seen} you saw. Look at it again, then decide.",
    "transfer_closed": "This transfer has been received already. Nothing was booked twice.",
    "too_long": "{field} is longer than {most} characters. Shorten it and send again.",
    "supplier_not_trading": "{supplier} is not trading at present. Remove its goods or choose another supplier.",
    "unit_in_use": "Row {row}: {sku} is in stock or on order in its old unit. Use up or count out what is left first.",
    "unknown_command": "The platform does not know this action yet. It is kept here until the platform is updated.",
    "user_disabled": "The account that made this has ended. Enter it again with another account.",
    "waits_for": "It waits until an earlier entry is decided.",
    "wrong_actor": "It was sent under another account and not taken. Please contact support.",
    "warehouse_in_use": "{name} stays open: goods lie there, or it is the main warehouse. Move them out first.",
    # facts that were booked although the books said otherwise
    "charged_otherwise": "Booked. {charged} was charged, the books say {priced}; the shop bears the difference.",
    "coupon_not_valid": "Booked. {coupon} was not valid: {why}. The shop bears {lost}.",
    "coupon_unknown": "Booked. A coupon of this sale is not known; please look at it.",
    "coupon_used_twice": "Booked. {coupon} had been used before; the shop bears {lost}.",
    "gift_not_due": (
        "Booked. The gift {sku} × {quantity} was handed over, but nobody had earned it any more; the shop bears it."
    ),
    "lot_missing": "Booked. {sku} asks for a lot or an expiry date; please complete it.",
    "member_unknown": "Booked without the member, who is not known any more; please look at it.",
    "overpaid": "Booked. {paid} was taken for {due}; please check the payment.",
    "less_than_given": "{given} was given already. Decide for that or more, or let the answer stand.",
    "already_replaced": "{number} was ordered elsewhere already. Nothing was ordered twice.",
    "already_forgone": "Nothing is ordered in place of {number} any more; what was paid goes back. Order anew.",
    "freight_changes": "Freight to that address differs. Change the order instead; the difference is shown first.",
    "received_too_much": "Booked. More of {number} was received than was shipped; please compare with the supplier.",
    "received_twice": "Booked. The same delivery of {number} was received twice; please count the goods.",
    "till_closed": "Booked. The till was closed already; {amount} was entered after that.",
    "till_differs": "Closed. On {day} the money counted differs by {difference} from the books.",
    "till_left_open": "Opened. The till of an earlier day on this PC was not closed; please close it.",
    "till_opened_twice": "Opened. The same till was opened twice; please close one of them.",
    "lease_dropship": "Booked. {sku} was sold from a PC's reserve when you still drop-shipped it. Agree with the shop.",
    "lease_lapsed": "Booked. {wanted} of {sku} were sold from a PC's reserve, {available} are left. Ask the shop.",
    "lease_price": "Booked at {paid} as it was sold; by now {sku} would cost {priced}. Please agree with the shop.",
    "oversold": "Booked. {short} more of {sku} were promised than are on the shelf; please count again.",
    "credit_of_nobody": "Booked. {amount} of store credit was used without a member; please look whose it is.",
    "credit_short": "Booked. {lacking} more store credit was used than there was; please agree with the member.",
    "points_short": "Booked. {short} points more were used than there were; please agree with the member.",
    "region_ended": "Booked. This goes to {region}, where you delivered when it was sold. Agree with the shop.",
    "shipped_after_cancel": "Booked. Order {number} was cancelled before the parcel left; agree with the merchant.",
    "shipped_before_accept": "Booked. Order {number} had not been accepted yet; it is now.",
    "shipped_too_much": "Booked. {quantity} more of {sku} left than order {number} had open; agree with the merchant.",
    "shipped_twice": "Booked. This parcel of order {number} was already entered; please compare the two.",
    "sold_twice": "Booked. The number {number} stands for another sale too; please compare the two.",
    "transfer_differs": "Booked. {sent} of {sku} were sent and {received} arrived; please look where the rest is.",
    # the line, and signing in
    "busy": "The hub is busy. What you saved is safe; it is tried again by itself.",
    "cache_mismatch": "What is stored here did not match the hub. It is loaded anew; unsent work stays safe.",
    "certificate_changed": "The hub shows another certificate than the one you trusted. Nothing was sent.",
    "certificate_unknown": "The hub's certificate is not known on this PC yet.",
    "device_cloned": "This profile seems to be a copy. Sign in again; unsent work is then sent once, from here.",
    "device_locked": "No contact with the platform for too long. Sign in to go on; what you saved is safe here.",
    "device_revoked": "This PC is no longer allowed to sign in. Unsent work is kept sealed; ask the platform.",
    "device_unknown": "The hub does not know this PC any more. What you saved is safe; please ask the platform.",
    "promised_without_stock": "Booked again after a restore. {sku} is short by {missing}; please check.",
    "receipts_wanted": "The hub was restored and asks this PC what it remembers. What you saved is safe.",
    "recovering": "The hub is being restored from a backup. Go on working; what you save is sent afterwards.",
    "hub_error": "The hub could not do this just now. What you saved is safe; it is tried again by itself.",
    "keys_locked": "The system's keyring does not answer. Somebody who has signed in here before unlocks it first.",
    "login_taken": "This account name is taken. Choose another.",
    "malformed": "The hub could not read the request. What you saved is safe; please update S2B.",
    "no_recovery_key": "Your company has made no recovery key, or this PC has not heard of it. Use your password.",
    "nobody_yet": "Nobody has signed in on this PC yet. The first sign-in needs the hub.",
    "not_a_hub": "What answers at this address is not an S2B hub. Check the address.",
    "other_organisation": "Unsent work of another company is on this PC. Let it be sent first, or use another profile.",
    "profile_in_use": "S2B is already open for this profile, but its window does not answer. Close it and start again.",
    "role_wrong": "{role} is not a role of this kind of company.",
    "commission_supplier": "Only a supplier has a commission.",
    "sign_in_online": "This account has not been used on this PC. Its first sign-in needs the hub.",
    "recovery_key_wrong": "This is not the recovery key of this PC's company. Compare all eight blocks.",
    "receipt_wrong": "An answer not signed by the hub was not believed. Unsent work is safe. Tell the platform.",
    "signed_out": "Please sign in again to sync. Offline work goes on and nothing is lost.",
    "storage_damaged": "What is stored on this PC cannot be read. Please contact support before doing anything else.",
    "storage_full": "This PC's disk is full or cannot be written. Nothing was saved just now; make room and try again.",
    "storage_too_new": "A newer S2B has used this profile. Update S2B to open it; nothing is lost.",
    "sync_failed": "Syncing did not work just now. What you saved is safe; it is tried again by itself.",
    "too_many_attempts": "Too many attempts. Wait a few minutes, then try again.",
    "unexpected": "Something did not work as it should. What you saved is safe. Try again, or restart S2B.",
    "unreachable": "The hub does not answer. Check the address and the line; you can go on offline.",
    "update_needed": "The hub speaks a newer version. Update S2B to sync; offline work goes on and nothing is lost.",
    "wrong_password": "Account or password is not right. Try again.",
    **after_sales_text.TEXTS,
}

_NOT_FOUND: dict[str, str] = {
    "coupon": "This coupon is not one of your shop's, or it no longer exists. Take it out and send again.",
    "member": "This member is no longer known in your shop. Choose whom it is for and send again.",
}
"""What `not_found` says of some kinds of things."""
_FIELD_OF_SKU = "{sku}: {field} is not valid. Correct it and send again."
"""What `field_wrong` says where it is one SKU's."""
_MONEY = (
    frozenset({"amount", "charged", "difference", "due", "lacking", "least", "limit", "lost", "now", "over"})
    | {"paid", "priced", "seen", "used"}
    | after_sales_text.MONEY
)
"""Params in 分."""
_QUANTITIES = (
    frozenset({"available", "minimum", "missing", "received", "sent", "short", "step", "wanted"})
    | after_sales_text.QUANTITIES
)
"""Params in steps of a SKU, whose decimals and unit stand beside them."""

_FIELDS: dict[str, str] = {
    "address": "Address",
    "amount": "Amount",
    "areas": "Areas",
    "attributes": "Attributes",
    "barcodes": "Barcodes",
    "birthday": "Birthday",
    "brand": "Brand",
    "budget": "Budget",
    "buy": "Units to buy",
    "card": "Card",
    "carrier": "Carrier",
    "code": "SKU code",
    "contact": "Contact",
    "content_hash": "PDF",
    "correction": "Correction",
    "counted": "Counted",
    "coupon_ids": "Coupons",
    "credit": "Store credit",
    "credit_days": "Days of credit",
    "credit_limit": "Credit limit",
    "day": "Day",
    "days": "Days",
    "decimals": "Decimals",
    "description": "Description",
    "dropship_price": "Drop-shipping price",
    "ends_at": "End",
    "entries": "Goods",
    "expires_at": "Expires",
    "file_name": "File name",
    "first_fee": "First fee",
    "float_amount": "Float",
    "floor_price": "Lowest price",
    "free_amount": "Free from an amount of",
    "get": "Units to get",
    "gifts": "Gifts",
    "given": "Money given",
    "hours": "Opening hours",
    "images": "Pictures",
    "invoice_number": "Invoice number",
    "items": "Goods",
    "kind": "Kind",
    "level": "Price level",
    "licence_number": "Licence number",
    "lines": "Rows",
    "lot": "Lot",
    "low_at": "Low-stock limit",
    "member_price": "Member price",
    "method": "Payment method",
    "min_quantity": "Minimum order",
    "minimum_amount": "Minimum amount",
    "months": "Months",
    "name": "Name",
    "name_en": "English name",
    "name_zh": "Chinese name",
    "next_fee": "Further fee",
    "note": "Note",
    "number": "Number",
    "options": "Options",
    "order_step": "Order step",
    "packages": "Packages",
    "parameters": "Parameters",
    "per_person": "Limit per person",
    "phone": "Phone",
    "photos": "Photos",
    "place": "Place",
    "points": "Points",
    "price": "Price",
    "prices": "Prices",
    "priority": "Priority",
    "product_ids": "Goods",
    "proof": "Proof",
    "quantity": "Quantity",
    "rank": "Level order",
    "reason": "Reason",
    "receipt_footer": "Receipt footer",
    "receipt_header": "Receipt header",
    "recovery_key": "Recovery key",
    "reference": "Reference",
    "region": "Region",
    "regions": "Regions",
    "retail_price": "Retail price",
    "return_to": "Address for returns",
    "rounded_off": "Rounded off",
    "rules": "Rules",
    "shelf": "Shelf",
    "specs": "Specifications",
    "starts_at": "Begin",
    "steps": "Steps",
    "stock": "Stock",
    "street": "Street and number",
    "supply_price": "Supply price",
    "tax_number": "Tax number",
    "tax_rate_bp": "Tax rate",
    "text": "Text",
    "threshold": "Threshold",
    "tiers": "Tier prices",
    "title": "Title",
    "total_uses": "Limit in all",
    "tracking_number": "Tracking number",
    "unit": "Unit",
    "until": "Until",
    "validity": "Valid",
    "value": "Value",
    "warehouse": "Warehouse",
    "weight_g": "Weight",
}

STATES: dict[str, dict[str, tuple[str, Tone]]] = {
    "order": {
        "DRAFT": ("Draft order", "neutral"),
        "PLACED": ("To confirm", "warn"),
        "CONFIRMED": ("To ship", "accent"),
        "PARTLY_SHIPPED": ("Partly shipped", "accent"),
        "SHIPPED": ("Shipped", "accent"),
        "DELIVERED": ("Delivered", "ok"),
        "COMPLETED": ("Completed", "ok"),
        "CANCELLED": ("Cancelled", "neutral"),
    },
    "promotion": {
        "DRAFT": ("Draft promotion", "neutral"),
        "SCHEDULED": ("Scheduled", "accent"),
        "ACTIVE": ("Running", "ok"),
        "PAUSED": ("Paused", "warn"),
        "ENDED": ("Over", "neutral"),
    },
    "coupon_template": {
        "DRAFT": ("Draft coupons", "neutral"),
        "ACTIVE": ("Giving out", "ok"),
        "PAUSED": ("Paused", "warn"),
        "CLOSED": ("Withdrawn", "neutral"),
    },
    "coupon": {
        "AVAILABLE": ("Can be used", "ok"),
        "LOCKED": ("In an order", "accent"),
        "USED": ("Used", "neutral"),
        "EXPIRED": ("Expired", "neutral"),
        "VOID": ("Taken back", "bad"),
    },
    "supply": {
        "PENDING": ("Not sent yet", "neutral"),
        "WAITING": ("To accept", "warn"),
        "ACCEPTED": ("Accepted", "accent"),
        "DECLINED": ("Declined", "bad"),
        "PARTLY_SHIPPED": ("Partly shipped", "accent"),
        "SHIPPED": ("Shipped", "accent"),
        "DELIVERED": ("Delivered", "ok"),
        "CANCELLED": ("Cancelled", "neutral"),
    },
    "parcel": {
        "CREATED": ("Handed over", "neutral"),
        "COLLECTED": ("Collected", "accent"),
        "IN_TRANSIT": ("In transit", "accent"),
        "AT_STATION": ("At the station", "accent"),
        "OUT_FOR_DELIVERY": ("Out for delivery", "accent"),
        "DELIVERED": ("Delivered", "ok"),
        "PROBLEM": ("Problem", "bad"),
    },
    "payment": {
        "UNPAID": ("Unpaid", "warn"),
        "PARTLY_PAID": ("Partly paid", "warn"),
        "PAID": ("Paid", "ok"),
    },
    "method": {
        "CASH": ("Cash", "neutral"),
        "CARD": ("Bank card", "neutral"),
        "WECHAT": ("WeChat Pay", "neutral"),
        "ALIPAY": ("Alipay", "neutral"),
        "TRANSFER": ("Bank transfer", "neutral"),
        "STORE_CREDIT": ("Store credit", "neutral"),
        "CARRIED": ("Carried over", "neutral"),
    },
    "party": {
        "DRAFT": ("Not submitted", "neutral"),
        "SUBMITTED": ("In review", "warn"),
        "APPROVED": ("Approved", "ok"),
        "REJECTED": ("Rejected", "bad"),
        "SUSPENDED": ("Suspended", "bad"),
    },
    "content": {
        "SUBMITTED": ("In review", "warn"),
        "LIVE": ("Live", "ok"),
        "REJECTED": ("Rejected", "bad"),
        "REPLACED": ("Taken over", "neutral"),
    },
    "paper": {
        "SUBMITTED": ("In review", "warn"),
        "APPROVED": ("Approved", "ok"),
        "REJECTED": ("Rejected", "bad"),
    },
    "dead_letter": {
        "failed": ("Failed", "bad"),
        "unbooked": ("Not booked", "bad"),
        "differs": ("Booked differently", "warn"),
    },
    "held": {"waiting": ("From a revoked PC", "accent")},
    "discrepancy": {
        "open": ("To check", "warn"),
        "closed": ("Closed", "ok"),
    },
    "count": {
        "SUBMITTED": ("To approve", "warn"),
        "BOOKED": ("Booked", "ok"),
        "RECOUNT": ("To count again", "bad"),
    },
    "statement": {
        "ISSUED": ("To agree", "warn"),
        "CONFIRMED": ("Agreed", "accent"),
        "DISPUTED": ("Disputed", "bad"),
        "SETTLED": ("Settled", "ok"),
    },
    "settlement": {
        "ANNOUNCED": ("Money on its way", "warn"),
        "RECEIVED": ("Money received", "ok"),
        "NOT_RECEIVED": ("Did not arrive", "bad"),
    },
    "invoice": {
        "REQUESTED": ("To issue", "warn"),
        "ISSUED": ("Issued", "ok"),
        "DECLINED": ("Not issued", "bad"),
        "WITHDRAWN": ("Taken back by the merchant", "neutral"),
    },
    "invoice_kind": {
        "ORDINARY": ("Ordinary invoice", "neutral"),
        "SPECIAL": ("VAT special invoice", "neutral"),
    },
    **after_sales_text.STATES,
    "queue": {
        "waiting": ("Waiting to sync", "neutral"),
        "sending": ("Sending", "accent"),
        "parked": ("Waiting for an earlier entry", "neutral"),
        "accepted": ("Done", "ok"),
        "exception": ("Booked, please check", "warn"),
        "rejected": ("Not accepted", "bad"),
        "confirm": ("Please confirm", "warn"),
    },
}

PAPERS: dict[PaperKind, str] = {
    PaperKind.LICENCE: "Business licence",
    PaperKind.FOOD_PERMIT: "Food trade permit",
    PaperKind.BRAND_AUTHORISATION: "Brand authorisation",
    PaperKind.QUALITY: "Quality certificate",
    PaperKind.IDENTITY: "Identity card",
    PaperKind.BANK: "Letter of a bank",
    PaperKind.OTHER: "Other paper",
}

EVENTS: dict[str, str] = {
    "order.placed": "Order placed",
    "order.confirmed": "Order confirmed",
    "order.cancelled": "Order cancelled",
    "order.partly_shipped": "Partly shipped",
    "order.shipped": "All shipped",
    "order.delivered": "All delivered",
    "order.completed": "Completed",
    "order.paid": "Payment taken",
    "order.sold": "Sold at the counter",
    "order.changed": "Changed; another order stands in its place",
    "order.replaced": "Ordered elsewhere",
    "order.forgone": "Not ordered elsewhere",
    "order.readdressed": "Address changed",
    "supply.readdressed": "Address changed",
    "supply.received": "Received by the shop",
    "supply.received_wrong": "Received with differences",
    "supply.sent": "Sent to the supplier",
    "supply.accepted": "Supplier accepted",
    "supply.declined": "Supplier declined",
    "supply.cancelled": "Supply order cancelled",
    "supply.shipped": "Parcel shipped",
    "supply.shipped_after_cancel": "Shipped although cancelled",
    "supply.delivered": "Supply order delivered",
    "supply.closed_short": "Remainder cancelled",
    "supply.short_picked": "Could not be picked",
    "parcel.created": "Parcel handed over",
    "parcel.relabelled": "Parcel has another number",
    "parcel.collected": "Parcel collected",
    "parcel.in_transit": "Parcel in transit",
    "parcel.at_station": "Parcel at the station",
    "parcel.out_for_delivery": "Parcel out for delivery",
    "parcel.delivered": "Parcel delivered",
    "parcel.problem": "Problem with a parcel",
    "party.applied": "Applied to join",
    "recovery.set": "Recovery key made",
    "party.approved": "Company approved",
    "party.rejected": "Company rejected",
    "party.suspended": "Company suspended",
    "paper.added": "Paper handed in",
    "paper.approved": "Paper approved",
    "paper.rejected": "Paper rejected",
    "paper.shown": "Paper shown to shops",
    "paper.hidden": "Paper no longer shown to shops",
    "product.approved": "Product approved",
    "product.rejected": "Product rejected",
    "revision.approved": "Change approved",
    "revision.rejected": "Change rejected",
    "price.changed": "Price changed",
    "packages.changed": "Packages changed",
    "import.undone": "Import taken back",
    "sku.on_sale": "Put on sale",
    "sku.moved": "Moved to another product",
    "sku.off_sale": "Taken off sale",
    "attribute.saved": "Attribute saved",
    "category.moved": "Category moved",
    "category.restored": "Category brought back",
    "category.retired": "Category retired",
    "category.saved": "Category saved",
    "taxonomy.imported": "Category tree imported",
    "taxonomy.saved": "Many categories saved",
    "promotion.saved": "Promotion saved",
    "promotion.state": "Promotion set to another state",
    "coupon_template.saved": "Coupons saved",
    "coupon_template.state": "Coupons set to another state",
    "coupon.issued": "Coupons given",
    "coupon.voided": "Coupon taken back",
    "campaign.started": "Members told",
    "member.merged": "Members merged",
    "member.levels": "Member level saved",
    "tag.removed": "Tag removed",
    "points.rule": "Points rule saved",
    "credit.adjusted": "Store credit adjusted",
    "points.adjusted": "Points adjusted",
    "shop.saved": "Shop saved",
    "listing.priced": "Shop price set",
    "freight.saved": "Freight template saved",
    "freight.removed": "Freight template removed",
    "terms.minimum": "Least order amount set",
    "terms.saved": "Terms with a merchant set",
    "mix.saved": "Mixed minimum saved",
    "mix.removed": "Mixed minimum removed",
    "level.saved": "Price level saved",
    "level.removed": "Price level removed",
    "price.set": "Price set",
    "price.removed": "Price removed",
    "statement.made": "Statement made",
    "statement.confirmed": "Statement agreed to",
    "statement.disputed": "Statement disputed",
    "statement.issued": "Dispute answered",
    "statement.settled": "Statement settled",
    "settlement.recorded": "Payment recorded",
    "settlement.decided": "Payment checked",
    "invoice.requested": "Invoice requested",
    "invoice.issued": "Invoice issued",
    "invoice.declined": "Invoice declined",
    "invoice.withdrawn": "Invoice request taken back",
    **after_sales_text.EVENTS,
}

SUPPLIER_EVENTS: dict[str, str] = {
    "supply.sent": "New supply order",
    "supply.accepted": "Supply order accepted",
    "supply.declined": "Supply order declined",
}
"""What reads otherwise for the supplier."""


def problem_text(code: str, params: Mapping[str, Param] | None = None) -> str:
    """What happened and what to do, for any code that domain, hub or client can produce."""
    params = params or {}
    if code in TEXTS:
        said = TEXTS[code]
        if code == "not_found":
            said = _NOT_FOUND.get(str(params.get("kind")), said)
        elif code == "field_wrong" and "sku" in params:
            said = _FIELD_OF_SKU
        return _filled(said, params)
    from s2b_desktop.intake_text import REFUSALS, refusal_text  # noqa: PLC0415  readers are heavy, and rarely needed
    from s2b_domain.intake.refusal import Refused  # noqa: PLC0415

    if code in REFUSALS:
        return refusal_text(Refused(code, **params))
    return tr("Something did not work as it should ({code}). Your entry is kept; please contact support.", code=code)


def failure_text(error: Exception) -> str:
    """What to tell of any exception: one with a code in its words, anything else without its inner side."""
    code, params = getattr(error, "code", None), getattr(error, "params", None)
    return problem_text(code, params) if isinstance(code, str) else problem_text("unexpected")


def state_words(kind: str) -> list[str]:
    """Every word that `state_text` may say of a kind, in the present language."""
    return [tr(said) for said, _tone in STATES[kind].values()]


def state_text(kind: str, state: str) -> tuple[str, Tone]:
    """The words and the tone of a state; `kind` is a key of `STATES`."""
    source, tone = STATES[kind].get(str(state), (str(state), "neutral"))
    return tr(source), tone


def event_text(event: str, *, supplier: bool = False) -> str:
    """What a line of a timeline or of the audit trail says, also from the supplier's side."""
    source = (SUPPLIER_EVENTS if supplier else EVENTS).get(event) or EVENTS.get(event)
    return tr(source) if source else event


def event_note(event: str, reason: str) -> str:
    """Why it happened, or with which parcel; how an order was paid and why goods come back are kept as codes."""
    if event == "order.paid":
        return state_text("method", reason)[0]
    return waybill_text(after_sales_text.reason_text(reason))


def paper_text(said: str) -> str:
    """What a paper is, in the reader's language; words that are no known kind stay as they were written."""
    kind = kind_of(said)
    return said if kind is PaperKind.OTHER != said else tr(PAPERS[kind])


def price_changes(params: Mapping[str, Param]) -> list[tuple[str, int, int]]:
    """The (SKU code, seen, now) of a `price_changed` answer, prices in 1/10,000 yuan."""
    given = params.get("changes")
    flat = given if isinstance(given, list) else []
    return [(sku, int(seen), int(now)) for sku, seen, now in zip(*[iter(flat)] * 3, strict=True)]


def _filled(source: str, params: Mapping[str, Param]) -> str:
    wanted = {field for _, field, _, _ in Formatter().parse(source) if field}
    values = {field: _said(field, params.get(field), params) for field in wanted}
    return tr(source, **values) if values else tr(source)


def _said(name: str, value: Param, params: Mapping[str, Param]) -> str:
    if name == "changes":
        changes = price_changes(params)
        return clauses(f"{sku} {unit_price(seen)} → {unit_price(now)}" for sku, seen, now in changes)
    if name == "field":
        return tr(_FIELDS[str(value)]) if value in _FIELDS else tr("A value ({name})", name=str(value))
    if name == "day" and isinstance(value, str):
        return calendar_day(value)
    if name == "state":
        return _any_state(str(value or params.get("wanted") or ""))
    if name == "why":
        return offer_text(str(value or ""))
    if isinstance(value, list):
        return listed(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _MONEY:
            return money(value)
        return _counted(value, params) if name in _QUANTITIES else count(value)
    return "" if value is None else str(value)


def _counted(steps: int, params: Mapping[str, Param]) -> str:
    """A quantity as people write it; params of old entries may lack decimals and unit."""
    decimals = params.get("decimals", 0)
    said = quantity(steps, decimals if isinstance(decimals, int) else 0)
    return f"{said} {params.get('unit') or ''}".strip()


def _any_state(state: str) -> str:
    for kind in ("order", "supply", "party", "parcel", "statement", "settlement", "invoice", "return"):
        if state in STATES[kind]:
            return tr(STATES[kind][state][0])
    return state
