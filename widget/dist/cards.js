// generated from widget/src; contains lit-html (BSD-3-Clause), see NOTICE
function t(t,r){return r.html`<div class="cards" aria-live="off">${((t,r)=>{let{html:i}=r;return Array.isArray(t.items)?i`<ul class="carousel" tabindex="0" aria-label=${t.title??r.words.say("results")} @focusin=${({target:t})=>t.scrollIntoView({block:"nearest"})}>
    ${t.items.filter(t=>t&&"object"==typeof t).map(t=>i`<li>${e(t,r)}</li>`)}
  </ul>`:e(t,r)})(t,r)}</div>`}function e(t,e){let{html:i,nothing:l,isPlain:a,isOwnPicture:s}=e,{title:n,subtitle:o,image:d,alt:c,url:u,buttons:$}=t,f="string"==typeof t.link?t.link:e.words.say("open"),b=(t=>(Array.isArray(t.fields)?t.fields.map(t=>[t?.label,t?.value]):Object.entries(t).filter(([t])=>!r.includes(t))).filter(t=>["string","number"].includes(typeof t[1])))(t);return i`<div class="card">
    ${"string"==typeof d&&s(d,e.server)?i`<img src=${new URL(d,e.server).href} alt=${c} @load=${e.resized} />`:l}
    ${n?i`<p class="card-title" dir="auto">${n}</p>`:l}
    ${o?i`<p class="card-subtitle" dir="auto">${o}</p>`:l}
    ${b.length?i`<dl>${b.map(([t,e])=>i`<dt>${t}</dt><dd dir="auto">${e}</dd>`)}</dl>`:l}
    ${"string"==typeof u&&a(u)?i`<a class="choice" href=${u} target="_blank" rel="noopener noreferrer" dir="auto" aria-label="${f} ${n??""}"
          >${f}</a
        >`:l}
    ${(Array.isArray($)?$:[]).filter(Boolean).map(t=>i`<button
          type="button"
          dir="auto"
          class="choice"
          aria-label="${t.title} ${n??""}"
          ?disabled=${!e.isOpen}
          @click=${()=>e.pick(e.row,t)}
        >${t.title}</button>`)}
  </div>`}var r=["title","subtitle","image","alt","url","link","buttons","fields"];export{t as cardView};
