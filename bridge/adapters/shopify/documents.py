"""What is sent to Shopify. Every list has its `first`, because the sum of them is what a query costs."""

_MONEY = "{shopMoney{amount currencyCode}}"
_ADDRESS = "shippingAddress{name address1 address2 city zip provinceCode countryCodeV2}"
_HEAD = f"id name email createdAt cancelledAt displayFulfillmentStatus returnStatus totalPriceSet{_MONEY} {_ADDRESS}"
_ITEM = f"id title sku quantity currentQuantity originalUnitPriceSet{_MONEY}"
_PARCEL = "status displayStatus createdAt estimatedDeliveryAt deliveredAt trackingInfo(first:3){company number url}"
_ORDER = (
    f"{{{_HEAD} totalRefundedSet{_MONEY} "
    f"lineItems(first:50){{nodes{{{_ITEM} variant{{selectedOptions{{name value}}}}}}}} "
    f"fulfillments(first:10){{{_PARCEL} fulfillmentLineItems(first:25){{nodes{{lineItem{{sku}}}}}}}} "
    f"transactions(first:5){{kind status gateway amountSet{_MONEY} paymentDetails{{__typename "
    "... on CardPaymentDetails{company number}}}}"
)
_RETURN = (
    "{id name status returnLineItems(first:20){nodes{quantity customerNote "
    "... on ReturnLineItem{fulfillmentLineItem{lineItem{id}}}}}}"
)

SEARCH_ORDERS = (
    "query($q:String!){orders(first:25,query:$q,sortKey:CREATED_AT,reverse:true)"
    "{nodes{id name email shippingAddress{zip}}}}"
)
ORDER = f"query($id:ID!){{order(id:$id){_ORDER}}}"
LIST_ORDERS = (
    "query($q:String!,$after:String){orders(first:10,after:$after,query:$q,sortKey:CREATED_AT,reverse:true)"
    f"{{nodes{{{_HEAD} lineItems(first:10){{nodes{{{_ITEM}}}}} fulfillments(first:3){{{_PARCEL}}}}} "
    "pageInfo{hasNextPage endCursor}}}"
)
SEARCH_PRODUCTS = (
    "query($q:String!){products(first:10,query:$q,sortKey:RELEVANCE){nodes{id title description status onlineStoreUrl "
    "variants(first:25){nodes{id sku price inventoryQuantity inventoryItem{tracked} selectedOptions{name value}}}}} "
    "shop{currencyCode}}"
)
CANCEL = (
    "mutation($id:ID!,$note:String){orderCancel(orderId:$id,reason:CUSTOMER,restock:true,notifyCustomer:true,"
    "refundMethod:{originalPaymentMethodsRefund:true},staffNote:$note){job{id done} orderCancelUserErrors{code}}}"
)
JOB = f"query($job:ID!,$id:ID!){{job(id:$job){{done}} order(id:$id){_ORDER}}}"
RETURNABLE = (
    f"query($id:ID!){{order(id:$id){{cancelledAt fulfillments(first:10){{status}} returns(first:5){{nodes{_RETURN}}}}} "
    "returnableFulfillments(orderId:$id,first:5){nodes{returnableFulfillmentLineItems(first:25)"
    "{nodes{quantity fulfillmentLineItem{id lineItem{id}}}}}}}"
)
RETURNS = f"query($id:ID!){{order(id:$id){{returns(first:5){{nodes{_RETURN}}}}}}}"
REQUEST_RETURN = (
    f"mutation($input:ReturnRequestInput!){{returnRequest(input:$input){{return{_RETURN} userErrors{{code}}}}}}"
)
CHANGE_ADDRESS = f"mutation($input:OrderInput!){{orderUpdate(input:$input){{order{_ORDER} userErrors{{field}}}}}}"
_DRAFT = "{id email tags invoiceUrl totalPriceSet{shopMoney{amount currencyCode}}}"
DRAFTS = f"query($q:String!){{draftOrders(first:10,query:$q){{nodes{_DRAFT}}}}}"
CREATE_DRAFT = (
    f"mutation($input:DraftOrderInput!){{draftOrderCreate(input:$input){{draftOrder{_DRAFT} userErrors{{field}}}}}}"
)
