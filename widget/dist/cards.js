// generated from widget/src; contains lit-html (BSD-3-Clause), see NOTICE
var e={picture:"Picture sent by the assistant",results:"Results",open:"Open"},t={en:e,de:{picture:"Bild vom Assistenten",results:"Ergebnisse",open:"Öffnen"},es:{picture:"Imagen enviada por el asistente",results:"Resultados",open:"Abrir"},fr:{picture:"Image envoyée par l’assistant",results:"Résultats",open:"Ouvrir"},ar:{picture:"صورة أرسلها المساعد",results:"النتائج",open:"فتح"}};function r(r){return t[r.split("-")[0].toLowerCase()]??e}function i(e,t){if(/^data:image\/(png|jpeg|gif|webp);/.test(e))return!0;try{return/^(\/|https?:)/.test(e)&&new URL(e,t).origin===t}catch{return!1}}var a=new CSSStyleSheet;function l(e){let{image:t,alt:r,card:i}=e.row.event;return[t?s(String(t),r,e):e.nothing,i&&"object"==typeof i?n(i,e):e.nothing]}function s(e,t,a){let{html:l}=a;return i(e,a.server)?l`<img src=${new URL(e,a.server).href} alt=${t??r(a.words.locale).picture} @load=${a.resized} />`:l`<p class="bubble">${a.formatted(e)}</p>`}function n(e,t){let{adoptedStyleSheets:i}=t.root;return i.includes(a)||i.push(a),t.html`<div class="cards" aria-live="off">${((e,t)=>{let{html:i}=t;return Array.isArray(e.items)?i`<ul class="carousel" tabindex="0" aria-label=${e.title??r(t.words.locale).results} @focusin=${({target:e})=>e.scrollIntoView({block:"nearest"})}>
    ${e.items.filter(e=>e&&"object"==typeof e).map(e=>i`<li>${o(e,t)}</li>`)}
  </ul>`:o(e,t)})(e,t)}</div>`}function o(e,t){let{html:a,nothing:l,isPlain:s}=t,{title:n,subtitle:o,image:c,alt:u,url:p,buttons:f}=e,m="string"==typeof e.link?e.link:r(t.words.locale).open,g=(e=>(Array.isArray(e.fields)?e.fields.map(e=>[e?.label,e?.value]):Object.entries(e).filter(([e])=>!d.includes(e))).filter(e=>["string","number"].includes(typeof e[1])))(e);return a`<div class="card">
    ${"string"==typeof c&&i(c,t.server)?a`<img src=${new URL(c,t.server).href} alt=${u} @load=${t.resized} />`:l}
    ${n?a`<p class="card-title" dir="auto">${n}</p>`:l}
    ${o?a`<p class="card-subtitle" dir="auto">${o}</p>`:l}
    ${g.length?a`<dl>${g.map(([e,t])=>a`<dt>${e}</dt><dd dir="auto">${t}</dd>`)}</dl>`:l}
    ${"string"==typeof p&&s(p)?a`<a class="choice" href=${p} target="_blank" rel="noopener noreferrer" dir="auto" aria-label="${m} ${n??""}"
          >${m}</a
        >`:l}
    ${(Array.isArray(f)?f:[]).filter(Boolean).map(e=>a`<button
          type="button"
          dir="auto"
          class="choice"
          aria-label="${e.title} ${n??""}"
          ?disabled=${!t.isOpen}
          @click=${()=>t.pick(t.row,e)}
        >${e.title}</button>`)}
  </div>`}a.replaceSync(".row img{display:block;max-width:100%;border-radius:14px}.row:has(.cards){width:100%}.row:has(.carousel){max-width:100%}.card{display:flex;flex-direction:column;gap:.45rem;width:100%;padding:.75rem .9rem;border:1px solid var(--line);border-radius:14px;background:var(--surface);font-size:.93rem}.card-title{font-weight:600}.card-subtitle,.card dt{color:var(--muted)}.card dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem .9rem}.card img{max-height:9rem;object-fit:contain}.carousel{display:flex;gap:.6rem;width:100%;padding-bottom:.5rem;overflow-x:auto}.carousel li{display:flex;flex:0 0 76%}");var d=["title","subtitle","image","alt","url","link","buttons","fields"];export{l as shownView};
