document.querySelectorAll("[data-copy]").forEach(function(button){
if(!navigator.clipboard)return;
button.hidden=false;
button.addEventListener("click",function(){
navigator.clipboard.writeText(button.dataset.copy).then(function(){
var words=button.querySelector("span"),before=words.textContent,said=document.getElementById("said");
words.textContent=said.textContent=button.dataset.copied;
setTimeout(function(){words.textContent=before;said.textContent=""},2000)})})});
