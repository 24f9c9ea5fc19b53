// generated from widget/src; contains lit-html (BSD-3-Clause), see NOTICE
function e(e,t){if(/^data:image\/(png|jpeg|gif|webp);/.test(e))return!0;try{return/^(\/|https?:)/.test(e)&&new URL(e,t).origin===t}catch{return!1}}var t=new CSSStyleSheet;function r(e){let{image:t,alt:r,card:l}=e.row.event;return[t?a(String(t),r,e):e.nothing,l&&"object"==typeof l?i(l,e):e.nothing]}function a(t,r,a){let{html:i}=a;return e(t,a.server)?i`<img src=${new URL(t,a.server).href} alt=${r??a.words.say("picture")} @load=${a.resized} />`:i`<p class="bubble">${a.formatted(t)}</p>`}function i(e,r){let{adoptedStyleSheets:a}=r.root;return a.includes(t)||a.push(t),r.html`<div class="cards" aria-live="off">${((e,t)=>{let{html:r}=t;return Array.isArray(e.items)?r`<ul class="carousel" tabindex="0" aria-label=${e.title??t.words.say("results")} @focusin=${({target:e})=>e.scrollIntoView({block:"nearest"})}>
    ${e.items.filter(e=>e&&"object"==typeof e).map(e=>r`<li>${l(e,t)}</li>`)}
  </ul>`:l(e,t)})(e,r)}</div>`}function l(t,r){let{html:a,nothing:i,isPlain:l}=r,{title:o,subtitle:n,image:d,alt:c,url:u,buttons:p}=t,f="string"==typeof t.link?t.link:r.words.say("open"),m=(e=>(Array.isArray(e.fields)?e.fields.map(e=>[e?.label,e?.value]):Object.entries(e).filter(([e])=>!s.includes(e))).filter(e=>["string","number"].includes(typeof e[1])))(t);return a`<div class="card">
    ${"string"==typeof d&&e(d,r.server)?a`<img src=${new URL(d,r.server).href} alt=${c} @load=${r.resized} />`:i}
    ${o?a`<p class="card-title" dir="auto">${o}</p>`:i}
    ${n?a`<p class="card-subtitle" dir="auto">${n}</p>`:i}
    ${m.length?a`<dl>${m.map(([e,t])=>a`<dt>${e}</dt><dd dir="auto">${t}</dd>`)}</dl>`:i}
    ${"string"==typeof u&&l(u)?a`<a class="choice" href=${u} target="_blank" rel="noopener noreferrer" dir="auto" aria-label="${f} ${o??""}"
          >${f}</a
        >`:i}
    ${(Array.isArray(p)?p:[]).filter(Boolean).map(e=>a`<button
          type="button"
          dir="auto"
          class="choice"
          aria-label="${e.title} ${o??""}"
          ?disabled=${!r.isOpen}
          @click=${()=>r.pick(r.row,e)}
        >${e.title}</button>`)}
  </div>`}t.replaceSync(".row:has(.cards){width:100%}.row:has(.carousel){max-width:100%}.card{display:flex;flex-direction:column;gap:.45rem;width:100%;padding:.75rem .9rem;border:1px solid var(--line);border-radius:14px;background:var(--surface);font-size:.93rem}.card-title{font-weight:600}.card-subtitle,.card dt{color:var(--muted)}.card dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem .9rem}.card img{max-height:9rem;object-fit:contain}.carousel{display:flex;gap:.6rem;width:100%;padding-bottom:.5rem;overflow-x:auto}.carousel li{display:flex;flex:0 0 76%}");var s=["title","subtitle","image","alt","url","link","buttons","fields"];export{r as shownView};
