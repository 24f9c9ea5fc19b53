// generated from widget/src; contains lit-html (BSD-3-Clause), see NOTICE
function e(e,t){let c=URL.createObjectURL(e);Object.assign(document.createElement("a"),{href:c,download:t}).click(),setTimeout(()=>URL.revokeObjectURL(c),1e4)}export{e as a};
