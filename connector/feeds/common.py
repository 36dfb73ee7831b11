"""The two fields every feed of a key (location, SKU) has: their names in the languages met."""

from __future__ import annotations

from connector.feeds.feed import Field, FieldKind, words

LOCATION = Field(
    name="location_id",
    label="location",
    kind=FieldKind.LOCATION,
    synonyms=words(
        """
        location_id, location id, location code, locationcode, store code, store id, warehouse code,
        warehouse id, fynd location, location, location name, store, store name, warehouse, warehouse name,
        outlet, outlet code, outlet name, branch, branch code, branch name, godown, godown name,
        godown code, depot, depot code, site, site code, admsite code, admsite_code, facility,
        facility code, fulfilment centre, fulfillment center, fc code, plant, plant code, stock point,
        stock location, shop, shop code, magazzino, codice magazzino, deposito, negozio, codice negozio,
        sede, punto vendita, site location, source code, source_code, node, node code, hub, wh, wh code,
        whse, showroom, dark store, werk, magazijn, filiaal, magazyn, sklep, depo, mağaza, склад, магазин,
        almacén, almacen, bodega, sucursal, tienda, ubicación, ubicacion, depósito, lager, lagerort,
        lagerplatz, filiale, standort, niederlassung, entrepôt, entrepot, magasin, dépôt, depot de stock,
        emplacement, boutique, armazém, armazem, loja, filial, गोदाम, शाखा, स्थान, स्टोर, दुकान
        """
    ),
    decoys=words(
        """
        bin, rack, rack no, shelf, aisle, transit, supplier, vendor, customer, city, state, country, tax,
        reorder, restock, image, url, link
        """
    ),
    required=False,
)

SKU = Field(
    name="sku",
    label="SKU",
    kind=FieldKind.CODE,
    synonyms=words(
        """
        sku, sku code, sku_code, sku id, skuid, sku no, sku number, seller sku, seller sku code,
        seller_sku, merchant sku, variant sku, channel sku, product sku, item sku, item sku code,
        seller identifier, item code, itemcode, item_code, custom label, icode, item no, item no.,
        item number,
        product code, productcode, product_code, product id, article code, article no, article number,
        article, style code, stock code, stock no, material code, material, material no, part no,
        part number, part code, model code, design no, alias, code, cod, cod., kod, item id, ref, ref.,
        reference,
        reference no, idprod, id prod, id prodotto, identifier, barcode, bar code, ean, ean code, ean13,
        ean 13, gtin, upc, upc code, particulars, item, item name, name of item, stock item, id, codice,
        codice articolo, cod articolo, cod. articolo, cod art, cod. art., articolo, codice prodotto,
        cod prodotto, codice a barre, riferimento, rif, código, codigo, código de artículo,
        codigo de articulo, codigo articulo, cod articulo, cod. artículo, código producto, codigo producto,
        clave, referencia, código de barras, codigo de barras, artículo, articulo, artikelnummer,
        artikel nr, artikelnr, artikel-nr., art nr, art.-nr., artikelcode, bestellnummer, materialnummer,
        produktnummer, référence, code article, réf, réf., ref article, code produit, code barre,
        code-barres, código do produto, codigo do produto, código do artigo, referência, artigo, indeks,
        kod produktu, kod towaru, stok kodu, ürün kodu, артикул, код товара, код, symbol, 商品编码, 编码,
        货号,
        alu, internal reference, no., no, 商品編號, 貨號, 商品コード, 品番, 商品番号, 상품코드, 품번, kód,
        kód zboží, kód produktu,
        číslo položky, kód tovaru, cikkszám, termékkód, cod produs, cod articol, šifra, šifra artikla,
        prekės kodas, kodas, preces kods, kods, κωδικός, κωδικός είδους, מקט, קוד פריט, رمز الصنف, رمز المنتج,
        รหัสสินค้า, varenummer, varenr, tuotekoodi, tuotenumero, код товару, कोड, वस्तु कोड, आइटम कोड,
        उत्पाद कोड, विवरण, वस्तु
        """
    ),
    decoys=words(
        """
        supplier, vendor, venditore, hsn, sac, gst, tax, account, group, category, composite, parent,
        brand, currency, location, warehouse, store, branch, godown, site, pincode, colour code,
        color code, size code, invoice, order, batch, proveedor, prov, fornitore, lieferant, fournisseur,
        fornecedor, description, customer
        """
    ),
)
